// The people of a batch as they stand now: locked in the database, loaded once, brought forward in memory by each message
// so that the next one sees what the last one said before anything is written.
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import type { Tx } from '../store/database.ts';
import { lockPersons } from '../store/persons.ts';
import { loadRecords } from '../store/record.ts';
import type { NewResource } from '../store/record.ts';

export interface People {
  /** Survivor's row number by {@link personKeyText}. */
  readonly ids: Map<string, number>;
  readonly records: Map<number, PersonRecord>;
}

/** Locks everyone these keys name and loads their records as the database has them, over what was in memory. */
export async function loadPeople(tx: Tx, keys: readonly PersonKey[], into?: People): Promise<People> {
  const ids = await lockPersons(tx, keys);
  const records = await loadRecords(tx, [...new Set(ids.values())]);
  const people = into ?? { ids: new Map(), records: new Map() };
  for (const [key, id] of ids) people.ids.set(key, id);
  for (const [id, record] of records) people.records.set(id, record);
  return people;
}

/** Points every key of people who are now one at the survivor; their records before are forgotten. */
export function joinPeople(people: People, before: readonly number[], survivor: number): void {
  for (const [key, id] of people.ids) if (before.includes(id)) people.ids.set(key, survivor);
  for (const id of before) if (id !== survivor) people.records.delete(id);
}

/** Row number of the person whom a key names. */
export function personId(people: People, key: PersonKey): number {
  const id = people.ids.get(personKeyText(key));
  if (id === undefined) throw new RangeError('a message speaks of somebody whom it did not name');
  return id;
}

export function recordOf(people: People, person: number): PersonRecord {
  const record = people.records.get(person);
  if (record === undefined) throw new RangeError('a locked person has no record');
  return record;
}

/** Rows not yet written have numbers above all that a database gives. */
const firstProvisional = 2 ** 52;

/** The record with rows that are still to be written, in the order in which it would be read back. */
export function grown(record: PersonRecord, source: string, added: readonly NewResource[]): PersonRecord {
  if (added.length === 0) return record;
  const next = Math.max(firstProvisional, ...record.rows.map(({ id }) => id + 1));
  const rows = added.map((row, index): RecordedResource => ({ ...row, source, id: next + index }));
  const inOrder = [...record.rows, ...rows].sort(
    (one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id,
  );
  return { ...record, rows: inOrder };
}
