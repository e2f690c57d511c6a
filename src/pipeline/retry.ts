// When something is tried again: pure arithmetic, so that the sandbox, the tests and the service agree on it.

/** A resource's own transient failures end here and are held for a person to look at; a paused destination's do not count. */
export const maxAttempts = 8;

const baseMs = 2_000;
const capMs = 300_000;
const longestRetryAfterMs = 3_600_000;

/**
 * Milliseconds until the next attempt: doubling from 2 s up to 5 min, with full jitter of the upper half so that many
 * rows that failed together do not come back together.
 *
 * @param attempt number of attempts made so far, from 1
 * @param jitter a number in [0, 1)
 */
export function backoffMs(attempt: number, jitter: number): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full / 2 + (full / 2) * jitter);
}

/** What the other side asked for (Retry-After), never longer than an hour; else the backoff. */
export function retryDelayMs(attempt: number, jitter: number, retryAfterMs?: number): number {
  if (retryAfterMs === undefined) return backoffMs(attempt, jitter);
  return Math.min(Math.max(retryAfterMs, 0), longestRetryAfterMs);
}
