import { describe, expect, it } from '@jest/globals';
import { backoffMs, retryDelayMs } from '../../src/pipeline/retry.ts';

describe('retry', () => {
  it('doubles from two seconds, at least half of it waited', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, 0))).toEqual([1_000, 2_000, 4_000]);
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, 1))).toEqual([2_000, 4_000, 8_000]);
  });

  it('never waits longer than five minutes, however often it failed', () => {
    expect(backoffMs(500, 1)).toBe(300_000);
  });

  it('R17 takes what Retry-After asks for, capped at an hour', () => {
    expect(retryDelayMs(3, 0.5, 7_000)).toBe(7_000);
    expect(retryDelayMs(3, 0.5, 86_400_000)).toBe(3_600_000);
    expect(retryDelayMs(3, 0.5, -5)).toBe(0);
  });
});
