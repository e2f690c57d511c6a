// What every decision has in common, whether a message or a job led to it: the moment it rests on, our own rows in the
// record that tell of it, and how it is written.
import type { Decision } from '../ips/decision.ts';
import { ownResources } from '../ips/own.ts';
import type { RuleSet } from '../ips/rules.ts';
import type { PersonRecord } from '../record/person.ts';
import { writeAudit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { appendResources } from '../store/record.ts';
import type { NewResource, PersonRow } from '../store/record.ts';
import { storeDecisions } from './effects.ts';
import type { Decided, Route } from './effects.ts';

/** Decisions rest on all that is known: a message or a run taken up late must not decide on a past that is over. */
export function latest(at: Date, record: PersonRecord): Date {
  return new Date(Math.max(at.getTime(), ...record.rows.map((row) => row.at.getTime())));
}

/** Our own rows that tell of these decisions, in the record from `at` on. */
export function ownRows(record: PersonRecord, decisions: readonly Decision[], at: Date): NewResource[] {
  const [key] = record.keys;
  const own = key === undefined ? [] : decisions.flatMap((decision) => ownResources(decision, key));
  return own.map(({ sourceId, resource }) => ({ sourceId, resource, at }));
}

/** Writes rows of the record, decisions and their audit entries; all or none. The caller holds the persons' locks. */
export async function writeDecided(
  tx: Tx,
  resources: readonly PersonRow[],
  decided: readonly Decided[],
  current: { readonly routes: readonly Route[]; readonly rules: RuleSet },
): Promise<void> {
  await appendResources(tx, resources);
  await writeAudit(tx, await storeDecisions(tx, decided, current.routes, current.rules));
}
