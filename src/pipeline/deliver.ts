// Deliver: claims an effect under a lease, has the destination check the person and render, freezes the bytes, sends
// them once, and settles where the claim still stands. No transaction is open across the network. A sender that died
// or froze leaves a row that is ambiguous, and an ambiguous row is asked about before anything is sent again.
import type { DocumentReference } from '@medplum/fhirtypes';
import { BridgeError, asBridgeError } from '../errors.ts';
import type { Decision, NoteVersion, Owner } from '../ips/decision.ts';
import type { Nobody } from '../ips/owner.ts';
import type { Standing } from '../ips/standing.ts';
import type { Metrics } from '../metrics.ts';
import type { PersonRecord } from '../record/person.ts';
import { replacing } from '../ips/notes/document.ts';
import { recordedNote } from '../ips/notes/recorded.ts';
import { summarise } from '../record/summary.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { claim, claimAmbiguous, freeze, renewLease } from '../store/delivery.ts';
import type { ClaimedEffect } from '../store/delivery.ts';
import { versionSent } from '../store/notes.ts';
import { identityHeld } from '../store/persons.ts';
import { loadRecords } from '../store/record.ts';
import { isTransient } from '../store/transient.ts';
import { auditEffect, finish } from './deliver-end.ts';
import type { End } from './deliver-end.ts';
import { leaseMs, whileHolding } from './deliver-lease.ts';
import { afterAsking, afterSending, failureOf, notLanded, tryAgain } from './deliver-outcome.ts';
import type { OutcomeDeps } from './deliver-outcome.ts';
import type { DeliveryJob, Destination } from './destination.ts';
import type { Route } from './effects.ts';

export interface DeliverDeps extends OutcomeDeps {
  readonly destination: Destination;
  readonly route: Route;
  /** Names this process in the lease. */
  readonly owner: string;
  /** Who is to be asked about a person, as their record stands now; or why nobody can be. */
  readonly ownerOf: (record: PersonRecord, decision: Decision, at: Date) => Owner | Nobody;
  /** What the record says of a person now. */
  readonly standingOf: (record: PersonRecord, at: Date) => Standing;
  readonly now: () => Date;
  readonly metrics: Metrics;
}

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
  await finish(deps, effect, await orHeld(deps, effect, true, () => ask(deps, effect, signal)));
  return true;
}

async function attempt(deps: DeliverDeps, effect: ClaimedEffect, signal: AbortSignal): Promise<End> {
  const ready = await orHeld(deps, effect, false, () => prepare(deps, effect, signal));
  if ('outcome' in ready) return ready;
  if (!(await mayStillSend(deps, effect, ready.bytes))) return { outcome: 'not-landed' };
  return orHeld(deps, effect, true, async () => {
    const send = (lasting: AbortSignal) => deps.destination.send(ready.job, ready.bytes, lasting);
    return afterSending(deps, effect, await whileHolding(deps, effect, signal, send));
  });
}

/**
 * What `work` gives; or, where a fault of ours or of the destination's code was thrown, that the effect is held. Trying
 * again would only throw again. A fault of the database passes: the row waits for its lease.
 */
async function orHeld<T>(
  deps: DeliverDeps,
  effect: ClaimedEffect,
  inDoubt: boolean,
  work: () => Promise<T>,
): Promise<T | End> {
  try {
    return await work();
  } catch (thrown) {
    if (isTransient(thrown)) throw thrown;
    deps.log.error('delivery-fault', { destination: effect.destination, row: effect.row }, thrown);
    const { kind, message, where } = asBridgeError(thrown);
    return { outcome: 'held', inDoubt, failure: { kind, message, where } };
  }
}

interface Ready {
  readonly job: DeliveryJob;
  readonly bytes: Buffer;
}

/** What is to be sent; or an end, where nothing can be. */
async function prepare(deps: DeliverDeps, effect: ClaimedEffect, signal: AbortSignal): Promise<Ready | End> {
  const record = await recordOf(deps, effect);
  let job = await jobOf(deps, effect, record);
  if (effect.decision.action === 'make' && !deps.route.carries(effect.decision)) {
    const message =
      'the destination does not carry this any more, or its readers may not know of it: give it up, or replay it once it does';
    return { outcome: 'held', failure: { kind: 'delivery/not-carried', message } };
  }
  // What went there before the record was restricted is taken back all the same (R18).
  if (effect.decision.action === 'make' && deps.route.outside && job.standing.restricted !== false) {
    const message =
      'the record is restricted, or not known to be unrestricted: nothing goes to another organisation';
    return { outcome: 'cancelled', message };
  }
  if (effect.decision.action === 'make' && deps.destination.asks(effect.decision.effect)) {
    const owner = deps.ownerOf(record, effect.decision, deps.now());
    if (owner.kind === 'nobody') {
      const { why, where } = owner;
      return {
        outcome: 'held',
        failure: { kind: 'delivery/no-owner', message: `nobody to ask: ${why}`, where },
      };
    }
    job = { ...job, owner };
  }
  const prepared = await whileHolding(deps, effect, signal, (lasting) =>
    deps.destination.prepare(job, lasting),
  );
  switch (prepared.outcome) {
    case 'nothing-to-do':
      return { outcome: 'cancelled', message: prepared.message };
    case 'refused':
      return { outcome: 'held', failure: failureOf(prepared) };
    case 'transient':
      return tryAgain(deps, effect, prepared);
    case 'readdressed':
      // What may have landed for somebody else is looked for first: sent anew it could stand in the record twice.
      if (effect.inDoubt) {
        const message = 'it may have arrived, and the person has been merged since';
        return { outcome: 'ambiguous', askAfterMs: 0, failure: { kind: 'delivery/in-doubt', message } };
      }
      return {
        outcome: 'revised',
        message: 'the person has been merged since: written for the survivor instead',
      };
    case 'ready':
      return { job, bytes: effect.frozen ?? prepared.bytes };
  }
}

async function recordOf(deps: DeliverDeps, effect: ClaimedEffect): Promise<PersonRecord> {
  const [record] = (await loadRecords(deps.store, [effect.person])).values();
  if (record !== undefined) return record;
  throw new BridgeError('internal/row-missing', 'the person of an effect cannot be found');
}

/** What the destination needs to know, but for whom to ask. */
async function jobOf(deps: DeliverDeps, effect: ClaimedEffect, record: PersonRecord): Promise<DeliveryJob> {
  const { row, key, revision, attempt, decision, frozen } = effect;
  const note =
    decision.note === undefined ? undefined : await noteOf(deps.store, effect, record, decision.note);
  return {
    row, key, revision, attempt, decision, person: summarise(record), standing: deps.standingOf(record, deps.now()),
    ...(frozen === undefined ? {} : { frozen }),
    ...(note === undefined ? {} : { note }),
  }; // prettier-ignore
}

/**
 * The version that is filed or taken back. Versions that never went out there (given up, refused, dropped) are not spoken
 * of: what is replaced or taken back is the last one that did.
 */
async function noteOf(
  store: Store,
  effect: ClaimedEffect,
  record: PersonRecord,
  note: NoteVersion,
): Promise<DocumentReference | undefined> {
  const version = await versionSent(store, effect);
  const sent = version === undefined ? undefined : { id: note.id, version };
  if (effect.decision.action === 'withdraw') return recordedNote(record, sent ?? note);
  const document = recordedNote(record, note);
  return document === undefined ? undefined : replacing(document, sent);
}

/**
 * The last moment before the first byte: the claim still stands and is about the person who was checked, no held identity
 * message names them, the bytes are frozen and the audit entry is written, all in one transaction.
 */
function mayStillSend(deps: DeliverDeps, effect: ClaimedEffect, bytes: Buffer): Promise<boolean> {
  return inTransaction(deps.store, async (tx) => {
    if (!(await renewLease(tx, effect.row, effect.attempt, leaseMs, effect.person))) return false;
    if (await identityHeld(tx, effect.person)) return false;
    if (effect.frozen === undefined && !(await freeze(tx, effect.row, effect.attempt, bytes))) return false;
    await auditEffect(tx, effect, 'sent', deps.now());
    return true;
  });
}

async function ask(deps: DeliverDeps, effect: ClaimedEffect, signal: AbortSignal): Promise<End> {
  const { frozen } = effect;
  if (frozen === undefined) return notLanded(deps, effect);
  const job = await jobOf(deps, effect, await recordOf(deps, effect));
  const question = (lasting: AbortSignal) => deps.destination.ask(job, frozen, lasting);
  return afterAsking(deps, effect, await whileHolding(deps, effect, signal, question));
}
