// Audit rows, written in the transaction of what they tell of: where the row cannot be written, the effect does not
// happen (requirement R40). They are chained afterwards, elsewhere.
import type { AuditEntry } from '../audit/entry.ts';
import type { Tx } from './database.ts';

/** Adds the entries to the transaction that makes the effect; all or none. */
export async function writeAudit(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx
    .insertInto('audit')
    .values(
      entries.map((entry) => ({
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        outcome: entry.outcome,
        person_id: entry.person ?? null,
        inbox_id: entry.inboxRow ?? null,
        outbox_id: entry.outboxRow ?? null,
        detail: JSON.stringify(entry.detail),
      })),
    )
    .execute();
}
