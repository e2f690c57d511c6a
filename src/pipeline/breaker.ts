// The breaker of one destination: it counts silence and failed connections in a row. One may be chance and pauses
// nothing; from the second on nothing is claimed for a while that grows, until something goes through again. Requests
// that were under way together fail together: while a pause lasts, their failures are the one that began it.
import { backoffMs } from './retry.ts';

export interface Breaker {
  /** One more failure; how long to pause the destination, in milliseconds; 0: it is paused already; undefined: not at all. */
  failed(): number | undefined;
  succeeded(): void;
}

export interface BreakerDeps {
  /** A number in [0, 1). */
  readonly jitter: () => number;
  readonly now: () => Date;
}

export function createBreaker({ jitter, now }: BreakerDeps): Breaker {
  let inARow = 0;
  let pausedUntil = 0;
  return {
    failed: () => {
      const at = now().getTime();
      if (at < pausedUntil) return 0;
      inARow += 1;
      if (inARow === 1) return undefined;
      const ms = backoffMs(inARow - 1, jitter());
      pausedUntil = at + ms;
      return ms;
    },
    succeeded: () => {
      inARow = 0;
      pausedUntil = 0;
    },
  };
}
