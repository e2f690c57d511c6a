// An operator's undoing of a merge, as one transaction: the records are parted, and both people are decided about anew.
import { operatorEntry } from '../audit/entry.ts';
import { ownSource } from '../record/person.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Scope } from '../store/database.ts';
import { loadRecords } from '../store/record.ts';
import { undoMerge } from '../store/unmerge.ts';
import type { Unmerged } from '../store/unmerge.ts';
import { latest, writeDecided } from './decided.ts';
import { decideFor } from './interpret.ts';
import type { ProcessDeps } from './process.ts';

/**
 * Undoes a merge and evaluates both people at once. What was decided for the two as one and holds for neither is
 * withdrawn; what was withdrawn because they were one is made again.
 * @throws BridgeError as {@link undoMerge}
 */
export function unmergePersons(
  scope: Scope,
  merge: number,
  by: { readonly name: string; readonly reason: string; readonly at: Date },
  current: ProcessDeps,
): Promise<Unmerged> {
  return inTransaction(scope, async (tx) => {
    const undone = await undoMerge(tx, merge, by);
    const records = await loadRecords(tx, undone.persons);
    for (const record of records.values()) {
      const at = latest(by.at, record);
      const { decisions, rows } = decideFor(record, at, current);
      const own = rows.map((row) => ({ ...row, person: record.id, source: ownSource, inboxRow: undefined }));
      const decided = decisions.map((decision) => ({
        decision,
        person: record.id,
        inboxRow: undefined,
        at,
      }));
      await writeDecided(tx, own, decided, current);
    }
    await writeAudit(
      tx,
      undone.persons.map((person) => operatorEntry('unmerged', by.at, { person }, by.name, by.reason)),
    );
    return undone;
  });
}
