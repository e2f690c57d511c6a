// What becomes of an inbox row: processed, held with its reason, and, by an operator, replayed or skipped.
import { sql } from 'kysely';
import { auditEntry } from '../audit/entry.ts';
import type { Actor } from '../audit/entry.ts';
import { asBridgeError } from '../errors.ts';
import type { BridgeError, Finding } from '../errors.ts';
import { writeAudit } from './audit.ts';
import { inTransaction, on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { releaseIdentity } from './persons.ts';
import type { InboxState } from './tables.ts';

/** One row as process reads it. */
export interface InboxRow {
  readonly id: number;
  readonly feed: string;
  readonly sender: string;
  readonly controlId: string;
  readonly event: string;
  readonly receivedAt: Date;
  /** It was held or processed before: later messages of its lane may have been processed since. */
  readonly replayed: boolean;
  /** It was processed before: what it says of who is who has been applied already. */
  readonly reprocessed: boolean;
  readonly body: Buffer;
}

export type Completion =
  | { readonly outcome: 'used'; readonly findings: readonly Finding[] }
  | { readonly outcome: 'unused'; readonly findings: readonly Finding[]; readonly unusedReason: string };

/** jsonb cannot hold U+0000, and a finding must never be what stops a row. */
const jsonText = (value: unknown): string => JSON.stringify(value).replaceAll('\\u0000', '\\u2400');
const plainText = (value: string): string => value.replaceAll('\0', '\u2400');

/** Marks rows processed in one statement; each `used`, or `unused` with the reason in words. */
export async function completeRows(
  tx: Tx,
  rows: readonly { readonly row: number; readonly completion: Completion }[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = rows.map(({ row, completion }) => ({
    row,
    outcome: completion.outcome,
    reason: completion.outcome === 'unused' ? completion.unusedReason : null,
    findings: completion.findings,
  }));
  await sql`
    update inbox i set state = 'processed', outcome = c.outcome, unused_reason = c.reason, findings = c.findings,
      failure_kind = null, failure_where = null, failure_message = null, settled_at = clock_timestamp()
    from jsonb_to_recordset(${jsonText(columns)}::jsonb) as c("row" bigint, outcome text, reason text, findings jsonb)
    where i.id = c."row"`.execute(tx);
}

/** Sets the row aside with its reason, for a person to look at; the lane goes on. */
export async function holdRow(tx: Tx, row: number, thrown: unknown): Promise<BridgeError> {
  const error = asBridgeError(thrown);
  await tx
    .updateTable('inbox')
    .set({
      state: 'held',
      failure_kind: error.kind,
      failure_where: error.where === undefined ? null : plainText(error.where),
      failure_message: plainText(error.message),
      findings: jsonText(error.findings),
      settled_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', row)
    .execute();
  return error;
}

export interface HeldRow {
  readonly id: number;
  readonly feed: string;
  readonly event: string;
  readonly receivedAt: Date;
  readonly kind: string;
  readonly where: string | undefined;
  readonly message: string;
  readonly findings: readonly Finding[];
}

/** Held rows, oldest first, after row number `after`. */
export async function heldRows(scope: Scope, limit = 1_000, after = 0): Promise<readonly HeldRow[]> {
  const rows = await on(scope)
    .selectFrom('inbox')
    .select([
      'id',
      'feed',
      'event',
      'received_at',
      'failure_kind',
      'failure_where',
      'failure_message',
      'findings',
    ])
    .where('state', '=', 'held')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    feed: row.feed,
    event: row.event,
    receivedAt: row.received_at,
    kind: row.failure_kind ?? 'internal/unexpected',
    where: row.failure_where ?? undefined,
    message: row.failure_message ?? '',
    findings: row.findings,
  }));
}

/** Puts a held row back into its lane, where its number gives it its place. False where it is not held. */
export async function replayRow(scope: Scope, row: number, actor: Actor, at: Date): Promise<boolean> {
  return leaveHeld(scope, row, 'received', async (tx) => {
    await sql`select pg_notify('ips_bridge_inbox', '')`.execute(tx);
    await writeAudit(tx, [auditEntry('replayed', at, { inboxRow: row }, { actor })]);
  });
}

/** Gives a held row up, for a reason, and lets those it named be written to again. False where it is not held. */
export async function skipRow(
  scope: Scope,
  row: number,
  actor: Actor,
  reason: string,
  at: Date,
): Promise<boolean> {
  return leaveHeld(scope, row, 'skipped', async (tx) => {
    await releaseIdentity(tx, row);
    // Nobody needs to extend a table for it.
    await tx.deleteFrom('unmapped_code').where('inbox_id', '=', row).execute();
    await writeAudit(tx, [auditEntry('skipped', at, { inboxRow: row }, { actor, detail: { reason } })]);
  });
}

function leaveHeld(
  scope: Scope,
  row: number,
  state: InboxState,
  then: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return inTransaction(scope, async (tx) => {
    const changed = await tx
      .updateTable('inbox')
      .set({ state })
      .where('id', '=', row)
      .where('state', '=', 'held')
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) return false;
    await then(tx);
    return true;
  });
}

/** How each row ended so far, for whoever waits to answer; rows that are not there are missing. */
export async function rowStates(
  scope: Scope,
  rows: readonly number[],
): Promise<ReadonlyMap<number, InboxState>> {
  if (rows.length === 0) return new Map();
  const found = await on(scope).selectFrom('inbox').select(['id', 'state']).where('id', 'in', rows).execute();
  return new Map(found.map((row) => [row.id, row.state]));
}
