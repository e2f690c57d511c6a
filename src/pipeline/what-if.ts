// What a set of mappings and rules would have decided about people, had it been in force: their past messages are carried
// through in memory, by the same code that processes them, and nothing is written or sent. People are taken in groups:
// those whom one message names belong together, so that merges and moved visits are seen whole.
import { asBridgeError } from '../errors.ts';
import { uuidOf } from '../fhir/ids.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey, Translation } from '../fhir/canonical.ts';
import type { Decided } from '../ips/decision-diff.ts';
import type { PersonRecord } from '../record/person.ts';
import type { PastMessage } from '../store/past-messages.ts';
import { personsOf } from './identity.ts';
import { identityOf, interpret } from './interpret.ts';
import type { Interpreter } from './interpret.ts';
import { joinPeople, personId, recordOf } from './people.ts';
import type { People } from './people.ts';

/** A past message, translated, without its bytes; one that would be held leads to nothing. */
export interface Replayed {
  readonly message: Omit<PastMessage, 'body'>;
  readonly translation: Translation;
  readonly named: readonly PersonKey[];
}

/** What was on record of these people before their first message, by the text of each key; an empty record unless given. */
export type RecordsBefore = ReadonlyMap<string, PersonRecord>;

/** Its translation stands for it. */
const noBytes = Buffer.alloc(0);

/** The decisions that these messages lead to, in order; those of the record before are not among them. */
export function replay(
  messages: readonly Replayed[],
  interpreter: Interpreter,
  before: RecordsBefore = new Map(),
): Decided[] {
  const people: People = { ids: new Map(), records: new Map() };
  const decided: Decided[] = [];
  for (const { message, translation, named } of messages) {
    const events = identityOf(translation);
    for (const key of [...named, ...events.flatMap(personsOf)]) meet(people, key, before);
    for (const event of events) {
      if (event.kind === 'merge' || event.kind === 'move') merge(people, event.survivor, event.merged);
    }
    const { row: id, feed, receivedAt } = message;
    const row = {
      id, feed, receivedAt, body: noBytes, sender: '', controlId: '', event: '', replayed: false, reprocessed: false,
    }; // prettier-ignore
    try {
      const work = interpret(row, translation, people, interpreter);
      for (const { person, decision } of work.decisions) {
        decided.push({ person: recordOf(people, person).uid, decision, row: id });
      }
    } catch (thrown) {
      // What cannot be interpreted would be held, and leads to nothing; a fault of ours must be seen.
      if (asBridgeError(thrown).kind.startsWith('internal/')) throw thrown;
    }
  }
  return decided;
}

/** Somebody new in this replay: with the record before, or an empty one under an id made of the key. */
function meet(people: People, key: PersonKey, before: RecordsBefore): void {
  const text = personKeyText(key);
  if (people.ids.has(text)) return;
  const known = before.get(text);
  const id = known?.id ?? -1 - people.ids.size;
  people.ids.set(text, id);
  if (people.records.has(id)) return;
  people.records.set(id, known ?? { id, uid: uuidOf(`what-if/${text}`), keys: [key], rows: [] });
}

/** Two people are one from here on: the survivor has the rows of both. */
function merge(people: People, survivor: PersonKey, merged: PersonKey): void {
  const [to, from] = [personId(people, survivor), personId(people, merged)];
  if (to === from) return;
  const [kept, gone] = [recordOf(people, to), recordOf(people, from)];
  const rows = [...kept.rows, ...gone.rows].sort(
    (one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id,
  );
  people.records.set(to, { ...kept, keys: [...kept.keys, ...gone.keys], rows });
  joinPeople(people, [to, from], to);
}

/** Which messages speak of the same people: a small number for each message is kept, and one for each person. */
export interface PeopleGroups {
  readonly add: (row: number, keys: readonly PersonKey[]) => void;
  /** The rows of whole groups of people, `atMost` rows in one page unless one group alone has more. */
  readonly pages: (atMost: number) => readonly (readonly (readonly number[])[])[];
}

export function createPeopleGroups(): PeopleGroups {
  const numbers = new Map<string, number>();
  const parents: number[] = [];
  const messages: { readonly row: number; readonly person: number }[] = [];
  const rootOf = (person: number): number => {
    let root = person;
    while (parents[root] !== undefined && parents[root] !== root) root = parents[root] ?? root;
    parents[person] = root;
    return root;
  };
  const numberOf = (key: PersonKey): number => {
    const text = personKeyText(key);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    parents[number] ??= number;
    return number;
  };
  return {
    add(row, keys) {
      const [first, ...more] = keys.map(numberOf);
      if (first === undefined) return;
      for (const other of more) parents[rootOf(other)] = rootOf(first);
      messages.push({ row, person: first });
    },
    pages(atMost) {
      const groups = new Map<number, number[]>();
      for (const { row, person } of messages) {
        const root = rootOf(person);
        const rows = groups.get(root) ?? [];
        groups.set(root, rows);
        rows.push(row);
      }
      const pages: number[][][] = [];
      let size = 0;
      for (const rows of groups.values()) {
        const page = pages.at(-1);
        if (page === undefined || size + rows.length > atMost) {
          pages.push([rows]);
          size = rows.length;
        } else {
          page.push(rows);
          size += rows.length;
        }
      }
      return pages;
    },
  };
}
