// Deliver: claims an effect under a lease, has the destination check the person and render, freezes the bytes, sends
// them once, and settles where the claim still stands. No transaction is open across the network. A sender that died
// or froze leaves a row that is ambiguous, and an ambiguous row is asked about before anything is sent again.
import { BridgeError } from '../errors.ts';
import type { Decision, Owner } from '../ips/decision.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { PersonRecord } from '../record/person.ts';
import { summarise } from '../record/summary.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { claim, claimAmbiguous, freeze, pauseDestination, renewLease } from '../store/delivery.ts';
import type { ClaimedEffect, EffectFailure } from '../store/delivery.ts';
import { identityHeld } from '../store/persons.ts';
import { loadRecords } from '../store/record.ts';
import type { Breaker } from './breaker.ts';
import { auditEffect, finish } from './deliver-end.ts';
import type { End } from './deliver-end.ts';
import type { Answer, Delivery, DeliveryJob, Destination, Prepared } from './destination.ts';
import type { Route } from './effects.ts';
import { maxAttempts, retryDelayMs } from './retry.ts';

/** Longest one request of a destination may take is 10 s; the lease is longer, so that whoever holds it is alone. */
const leaseMs = 15_000;
/** A request that we gave up may still be at work at the other side: not asked about at once. */
const askAfterMs = 5_000;

export interface DeliverDeps {
  readonly store: Store;
  readonly destination: Destination;
  readonly route: Route;
  /** Names this process in the lease. */
  readonly owner: string;
  /** Who is to be asked about a person, as their record stands now. */
  readonly ownerOf: (record: PersonRecord, decision: Decision, at: Date) => Owner | undefined;
  readonly now: () => Date;
  readonly jitter: () => number;
  readonly breaker: Breaker;
  readonly log: Log;
  readonly metrics: Metrics;
}

type Failed = Extract<Prepared | Delivery | Answer, { readonly kind: string }>;

/** Sends the next effect of the destination; false where there is none to send now. */
export async function deliverNext(deps: DeliverDeps, signal: AbortSignal): Promise<boolean> {
  const effect = await claim(deps.store, deps.destination.id, deps.owner, leaseMs);
  if (effect === undefined) return false;
  await finish(deps, effect, await attempt(deps, effect, signal));
  return true;
}

/** Asks about the next ambiguous effect; false where there is none to ask about now. */
export async function askNext(deps: DeliverDeps, signal: AbortSignal): Promise<boolean> {
  const effect = await claimAmbiguous(deps.store, deps.destination.id, deps.owner, leaseMs);
  if (effect === undefined) return false;
  await finish(deps, effect, await ask(deps, effect, signal));
  return true;
}

async function attempt(deps: DeliverDeps, effect: ClaimedEffect, signal: AbortSignal): Promise<End> {
  const job = await jobOf(deps, effect);
  if ('outcome' in job) return job;
  const prepared = await whileHolding(deps, effect, () => deps.destination.prepare(job, signal));
  switch (prepared.outcome) {
    case 'nothing-to-do':
      return { outcome: 'cancelled', message: prepared.message };
    case 'refused':
      return { outcome: 'held', failure: failureOf(prepared) };
    case 'transient':
      return transient(deps, effect, prepared);
    case 'readdressed':
      return {
        outcome: 'revised',
        message: 'the person has been merged since: written for the survivor instead',
      };
    case 'ready':
      break;
  }
  const bytes = effect.frozen ?? prepared.bytes;
  if (!(await mayStillSend(deps, effect, bytes))) return { outcome: 'not-landed' };
  return settlementOf(deps, effect, await deps.destination.send(job, bytes, signal));
}

/** What the destination needs to know; or a settlement, where nothing can be sent. */
async function jobOf(deps: DeliverDeps, effect: ClaimedEffect): Promise<DeliveryJob | End> {
  const [record] = [...(await loadRecords(deps.store, [effect.person])).values()];
  if (record === undefined)
    throw new BridgeError('internal/row-missing', 'the person of an effect cannot be found');
  const owner = deps.ownerOf(record, effect.decision, deps.now());
  if (owner === undefined) {
    return {
      outcome: 'held',
      failure: {
        kind: 'delivery/no-owner',
        message: `nobody to ask: no active care co-ordinator, and team ${effect.decision.team.id} has neither champion nor duty queue in codes/teams.csv`,
        where: 'codes/teams.csv',
      },
    };
  }
  const { row, key, revision, decision, frozen } = effect;
  return {
    row, key, revision, attempt: effect.attempt, decision, owner, person: summarise(record),
    ...(frozen === undefined ? {} : { frozen }),
  }; // prettier-ignore
}

/**
 * Keeps the lease while the destination is asked several things in turn, each of which may take its time. A process
 * that is frozen renews nothing, so its lease lapses all the same.
 */
async function whileHolding<T>(deps: DeliverDeps, effect: ClaimedEffect, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    renewLease(deps.store, effect.row, effect.attempt, leaseMs).catch((thrown: unknown) =>
      deps.log.warn('lease-not-renewed', { row: effect.row }, thrown),
    );
  }, leaseMs / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * The last moment before the first byte: the claim still stands, no held identity message names the person, the bytes
 * are frozen and the audit entry is written, all in one transaction.
 */
function mayStillSend(deps: DeliverDeps, effect: ClaimedEffect, bytes: Buffer): Promise<boolean> {
  return inTransaction(deps.store, async (tx) => {
    if (!(await renewLease(tx, effect.row, effect.attempt, leaseMs))) return false;
    if (await identityHeld(tx, effect.person)) return false;
    if (effect.frozen === undefined && !(await freeze(tx, effect.row, effect.attempt, bytes))) return false;
    await auditEffect(tx, effect, 'sent', deps.now());
    return true;
  });
}

async function ask(deps: DeliverDeps, effect: ClaimedEffect, signal: AbortSignal): Promise<End> {
  const job = await jobOf(deps, effect);
  if ('outcome' in job) return job;
  if (effect.frozen === undefined) return { outcome: 'not-landed' };
  const answer = await deps.destination.ask(job, effect.frozen, signal);
  switch (answer.outcome) {
    case 'landed':
      deps.breaker.succeeded();
      return { outcome: 'delivered', references: answer.references, confirmed: true };
    case 'not-landed':
      return { outcome: 'not-landed' };
    case 'unclear':
      return { outcome: 'held', failure: failureOf(answer) };
    case 'transient': {
      const waitMs = retryDelayMs(effect.failures + 1, deps.jitter(), answer.retryAfterMs);
      if (answer.pausesDestination) await pause(deps, answer);
      return { outcome: 'ambiguous', askAfterMs: waitMs, failure: failureOf(answer) };
    }
  }
}

async function settlementOf(deps: DeliverDeps, effect: ClaimedEffect, delivery: Delivery): Promise<End> {
  switch (delivery.outcome) {
    case 'delivered':
      deps.breaker.succeeded();
      return delivery;
    case 'transient':
      return transient(deps, effect, delivery);
    case 'ambiguous':
      if (delivery.pausesDestination) await pause(deps, delivery);
      return { outcome: 'ambiguous', askAfterMs, failure: failureOf(delivery) };
    case 'stale':
      return { outcome: 'revised', message: delivery.message };
    case 'permanent':
      return { outcome: 'held', failure: failureOf(delivery) };
  }
}

async function transient(
  deps: DeliverDeps,
  effect: ClaimedEffect,
  failed: Failed & { readonly retryAfterMs?: number; readonly pausesDestination: boolean },
): Promise<End> {
  const waitMs = retryDelayMs(effect.failures + 1, deps.jitter(), failed.retryAfterMs);
  if (failed.pausesDestination) {
    await pause(deps, failed);
    return { outcome: 'transient', retryAfterMs: 500, counts: false, failure: failureOf(failed) };
  }
  // A paused destination's failures are the destination's; only a resource's own run out.
  if (effect.failures + 1 >= maxAttempts) return { outcome: 'held', failure: failureOf(failed) };
  return { outcome: 'transient', retryAfterMs: waitMs, counts: true, failure: failureOf(failed) };
}

/** For as long as the other side asks (Retry-After); else as the breaker says. */
async function pause(deps: DeliverDeps, failed: Failed & { readonly retryAfterMs?: number }): Promise<void> {
  const { destination, breaker, log } = deps;
  const ms = failed.retryAfterMs === undefined ? breaker.failed() : retryDelayMs(1, 0, failed.retryAfterMs);
  if (ms === undefined) return;
  await pauseDestination(deps.store, destination.id, ms, failed.message);
  log.warn('destination-paused', {
    destination: destination.id,
    kind: failed.kind,
    message: failed.message,
    ms,
  });
}

function failureOf(failed: Failed): EffectFailure {
  return { kind: failed.kind, message: failed.message };
}
