// The breaker of one destination: it counts silence and failed connections in a row. One may be chance and pauses
// nothing; from the second on nothing is claimed for a while that grows, until something goes through again.
import { backoffMs } from './retry.ts';

export interface Breaker {
  /** One more failure; how long to pause the destination, or undefined for not at all. Milliseconds. */
  failed(): number | undefined;
  succeeded(): void;
}

export function createBreaker(jitter: () => number): Breaker {
  let inARow = 0;
  return {
    failed: () => {
      inARow += 1;
      return inARow === 1 ? undefined : backoffMs(inARow - 1, jitter());
    },
    succeeded: () => {
      inARow = 0;
    },
  };
}
