// What follows from what a destination said. Failures that are the effect's own are counted, wait longer each time and
// end in `held`; those of a destination that is away pause the destination and count for nobody.
import type { Log } from '../log.ts';
import type { Store } from '../store/database.ts';
import { pauseDestination } from '../store/delivery.ts';
import type { ClaimedEffect, EffectFailure } from '../store/delivery.ts';
import type { Breaker } from './breaker.ts';
import type { End } from './deliver-end.ts';
import type { Answer, Delivery, Prepared } from './destination.ts';
import { maxAttempts, retryDelayMs } from './retry.ts';

/** A request that we gave up may still be at work at the other side: not asked about at once. */
const askAfterMs = 5_000;
/** What met a paused destination is due again at once: the pause is what it waits for. */
const afterPauseMs = 500;

export interface OutcomeDeps {
  readonly store: Store;
  readonly destination: { readonly id: string };
  readonly breaker: Breaker;
  readonly jitter: () => number;
  readonly log: Log;
}

type Failed = Extract<Prepared | Delivery | Answer, { readonly kind: string }>;
type Transient = Extract<Failed, { readonly outcome: 'transient' }> & { readonly maxTries?: number };

export async function afterSending(
  deps: OutcomeDeps,
  effect: ClaimedEffect,
  delivery: Delivery,
): Promise<End> {
  switch (delivery.outcome) {
    case 'delivered':
      deps.breaker.succeeded();
      return delivery;
    case 'transient':
      return tryAgain(deps, effect, delivery);
    case 'ambiguous': {
      const counts = !(await isAway(deps, delivery));
      return { outcome: 'ambiguous', askAfterMs, counts, failure: failureOf(delivery) };
    }
    case 'stale':
      return { outcome: 'revised', message: delivery.message };
    case 'permanent': {
      const doubt = delivery.inDoubt === undefined ? {} : { inDoubt: delivery.inDoubt };
      return { outcome: 'held', failure: failureOf(delivery), ...doubt };
    }
  }
}

export async function afterAsking(deps: OutcomeDeps, effect: ClaimedEffect, answer: Answer): Promise<End> {
  switch (answer.outcome) {
    case 'landed':
      deps.breaker.succeeded();
      return { outcome: 'delivered', references: answer.references, confirmed: answer.confirmed ?? true };
    case 'not-landed':
      return notLanded(deps, effect, answer.inDoubt);
    case 'unclear':
      return { outcome: 'held', failure: failureOf(answer) };
    case 'transient': {
      const failure = failureOf(answer);
      const counts = !(await isAway(deps, answer));
      if (counts && isLastFailure(effect)) return { outcome: 'held', failure };
      const waitMs = retryDelayMs(effect.failures + 1, deps.jitter(), answer.retryAfterMs);
      return { outcome: 'ambiguous', askAfterMs: waitMs, counts, failure };
    }
  }
}

/**
 * It is not there; or, in doubt, may be, and is sent again all the same. Where the effect's own failures have been
 * counted it waits, and ends as they do.
 */
export function notLanded(deps: OutcomeDeps, effect: ClaimedEffect, inDoubt = false): End {
  if (effect.failures === 0) return { outcome: 'not-landed', inDoubt };
  if (effect.failures >= maxAttempts) return { outcome: 'held', inDoubt };
  return { outcome: 'not-landed', inDoubt, retryAfterMs: retryDelayMs(effect.failures, deps.jitter()) };
}

/** Certainly not done. */
export async function tryAgain(deps: OutcomeDeps, effect: ClaimedEffect, failed: Transient): Promise<End> {
  const failure = failureOf(failed);
  if (await isAway(deps, failed)) {
    return { outcome: 'transient', retryAfterMs: afterPauseMs, counts: false, failure };
  }
  if (isLastFailure(effect, failed.maxTries)) return { outcome: 'held', failure };
  const waitMs = retryDelayMs(effect.failures + 1, deps.jitter(), failed.retryAfterMs);
  return { outcome: 'transient', retryAfterMs: waitMs, counts: true, failure };
}

function isLastFailure({ failures }: ClaimedEffect, maxTries = maxAttempts): boolean {
  return failures + 1 >= maxTries;
}

/**
 * Whether the failure is the destination's: then it is paused, for as long as the other side asks (Retry-After), else as
 * the breaker says. Where the breaker pauses nothing, others get through, and the failure is the effect's own.
 */
async function isAway(
  deps: OutcomeDeps,
  failed: Failed & { readonly pausesDestination: boolean; readonly retryAfterMs?: number },
): Promise<boolean> {
  if (!failed.pausesDestination) return false;
  const { destination, breaker, log } = deps;
  const { kind, message, retryAfterMs } = failed;
  const isTold = retryAfterMs !== undefined && retryAfterMs > 0;
  const ms = isTold ? retryDelayMs(1, 0, retryAfterMs) : breaker.failed();
  if (ms === undefined) return false;
  if (ms === 0) return true;
  await pauseDestination(deps.store, destination.id, ms, message);
  log.warn('destination-paused', { destination: destination.id, kind, message, ms });
  return true;
}

export function failureOf({ kind, message }: Failed): EffectFailure {
  return { kind, message };
}
