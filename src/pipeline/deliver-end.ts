// How a delivery ended, noted where the claim still stands, with its audit entry in the same transaction. What has to be
// decided again becomes the next revision of the same key.
import { auditEntry } from '../audit/entry.ts';
import type { AuditAction } from '../audit/entry.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store, Tx } from '../store/database.ts';
import { hasLaterRevision, lockSurvivor, settle } from '../store/delivery.ts';
import type { ClaimedEffect, Settlement } from '../store/delivery.ts';
import { effectByRow } from '../store/effects.ts';
import { addDecision } from '../store/outbox.ts';
import { closeUnmade } from '../store/unmade.ts';
import type { Route } from './effects.ts';

/** A settlement, or that the same decision must be rendered anew as the next revision. */
export type End = Settlement | { readonly outcome: 'revised'; readonly message: string };

/** How often a decision is rendered anew because others keep changing what it is about (R16). */
const maxRereads = 3;

export interface EndDeps {
  readonly store: Store;
  readonly route: Route;
  readonly now: () => Date;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What the audit calls each end; undefined where an attempt only waits for the next. */
const actions: Readonly<Record<End['outcome'], AuditAction | undefined>> = {
  delivered: 'delivered',
  transient: undefined,
  'not-landed': undefined,
  ambiguous: undefined,
  held: 'held',
  cancelled: 'cancelled',
  superseded: 'superseded',
  revised: 'superseded',
};

/** Notes the end. A sender that comes back after its lease has lapsed changes nothing. */
export async function finish(deps: EndDeps, effect: ClaimedEffect, end: End): Promise<void> {
  const settled = await inTransaction(deps.store, async (tx) => {
    if (end.outcome === 'revised') await lockSurvivor(tx, effect.person);
    const isOvertaken = end.outcome === 'revised' && (await hasLaterRevision(tx, effect));
    const settlement = settlementOf(effect, end, isOvertaken);
    if (!(await settle(tx, effect.row, effect.attempt, settlement))) return undefined;
    const now = deps.now();
    if (end.outcome === 'revised' && settlement.outcome === 'superseded' && !isOvertaken)
      await addRevision(tx, deps.route, effect);
    if (settlement.outcome === 'cancelled') {
      const unmade = { person: await personNow(tx, effect), decision: effect.decision };
      await closeUnmade(tx, unmade, now, { as: 'withdrawn', because: settlement.message });
    }
    const action = settlement.outcome === 'held' ? 'held' : actions[end.outcome];
    if (action !== undefined) await auditEffect(tx, effect, action, now);
    return settlement;
  });
  const fields = {
    destination: effect.destination,
    row: effect.row,
    attempt: effect.attempt,
    revision: effect.revision,
  };
  if (settled === undefined) {
    deps.log.warn('claim-lapsed', { ...fields, outcome: end.outcome });
    return;
  }
  deps.metrics.deliveries.inc({ destination: effect.destination, outcome: settled.outcome });
  const failure =
    'failure' in settled ? { kind: settled.failure.kind, message: settled.failure.message } : {};
  const tell = settled.outcome === 'held' ? deps.log.error : deps.log.debug;
  tell(`effect-${settled.outcome}`, { ...fields, ...failure });
}

/** @param isOvertaken something later was decided about the key: that is sent, and nothing is added */
function settlementOf(effect: ClaimedEffect, end: End, isOvertaken: boolean): Settlement {
  if (end.outcome !== 'revised') return end;
  if (isOvertaken) return { outcome: 'superseded', message: 'something else has been decided since' };
  if ((effect.decision.rereads ?? 0) < maxRereads) return { outcome: 'superseded', message: end.message };
  return {
    outcome: 'held',
    failure: {
      kind: 'delivery/stale',
      message: `decided again ${maxRereads} times, and changed by others each time`,
    },
  };
}

async function addRevision(tx: Tx, route: Route, effect: ClaimedEffect): Promise<void> {
  await addDecision(tx, {
    destination: route.destination,
    order: route.order,
    person: await personNow(tx, effect),
    revision: effect.revision + 1,
    state: 'pending',
    decision: { ...effect.decision, rereads: (effect.decision.rereads ?? 0) + 1 },
    inboxRow: effect.inboxRow,
  });
}

/** Whom the effect is about once it is settled: a merge may have moved it since it was claimed. */
async function personNow(tx: Tx, effect: ClaimedEffect): Promise<number> {
  return (await effectByRow(tx, effect.row))?.person ?? effect.person;
}

/** One audit entry about an effect, by row numbers and key only. */
export function auditEffect(tx: Tx, effect: ClaimedEffect, action: AuditAction, at: Date): Promise<void> {
  const subject = { person: effect.person, inboxRow: effect.inboxRow, outboxRow: effect.row };
  const { key, revision, attempt, destination } = effect;
  return writeAudit(tx, [
    auditEntry(action, at, subject, { detail: { key, revision, attempt, destination } }),
  ]);
}
