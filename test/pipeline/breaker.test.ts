import { expect, it } from '@jest/globals';
import { createBreaker } from '../../src/pipeline/breaker.ts';

/** A breaker at full jitter's lower end, and a clock that is moved by hand. */
function breakerAt(start = 0) {
  const clock = { ms: start };
  const breaker = createBreaker({ jitter: () => 0, now: () => new Date(clock.ms) });
  return { clock, breaker };
}

it('one failure may be chance; from the second on the destination is paused, for longer each time', () => {
  const { clock, breaker } = breakerAt();
  const pauses = Array.from({ length: 4 }, () => {
    const ms = breaker.failed();
    clock.ms += ms ?? 0;
    return ms;
  });
  expect(pauses).toEqual([undefined, 1_000, 2_000, 4_000]);
});

it('what was under way when the pause began and fails as well does not make it longer', () => {
  const { clock, breaker } = breakerAt();
  expect(Array.from({ length: 5 }, () => breaker.failed())).toEqual([undefined, 1_000, 0, 0, 0]);
  clock.ms += 1_000;
  expect(Array.from({ length: 4 }, () => breaker.failed())).toEqual([2_000, 0, 0, 0]);
});

it('after a success it begins anew', () => {
  const { breaker } = breakerAt();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  expect([breaker.failed(), breaker.failed()]).toEqual([undefined, 1_000]);
});
