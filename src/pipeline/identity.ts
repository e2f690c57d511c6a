// What a message changes of who is who, carried through: merges, links and marks in the database, before anything else
// of the message; moved visits in memory, as rows to write. What contradicts the record is thrown, and the message held.
import { auditEntry } from '../audit/entry.ts';
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import type { IdentityEvent, PersonKey } from '../fhir/canonical.ts';
import { planVisitMove } from '../record/visits.ts';
import type { PersonRecord } from '../record/person.ts';
import { writeAudit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import { recordLink } from '../store/links.ts';
import { markPerson } from '../store/marks.ts';
import { mergePersons, moveRegistration } from '../store/merge.ts';
import type { PersonRow } from '../store/record.ts';
import { grown, joinPeople, loadPeople, personId, recordOf } from './people.ts';
import type { People } from './people.ts';

/** Applies merges, moves of registrations, links and marks, each with its audit entry where it changed anything. */
export async function applyIdentity(
  tx: Tx,
  row: InboxRow,
  events: readonly IdentityEvent[],
  people: People,
): Promise<void> {
  const { id: inboxRow, receivedAt: at } = row;
  for (const event of events) {
    switch (event.kind) {
      case 'merge':
      case 'move': {
        const { survivor, merged, where } = event;
        const before = [personId(people, survivor), personId(people, merged)];
        const merge = { survivor, merged, inboxRow, at };
        const result =
          event.kind === 'merge' ? await mergePersons(tx, merge) : await moveRegistration(tx, merge, where);
        joinPeople(people, before, result.survivor);
        await loadPeople(tx, [survivor, merged], people);
        if (result.changed)
          await writeAudit(tx, [auditEntry('merged', at, { person: result.survivor, inboxRow })]);
        break;
      }
      case 'link': {
        const { one, other, linked } = event;
        if (await recordLink(tx, { one, other, linked, inboxRow, at })) {
          const action = linked ? 'linked' : 'unlinked';
          const both = [personId(people, one), personId(people, other)];
          await writeAudit(tx, both.map((person) => auditEntry(action, at, { person, inboxRow }))); // prettier-ignore
        }
        break;
      }
      case 'mark': {
        const { person: key, event: name } = event;
        if (await markPerson(tx, { person: key, event: name, inboxRow, at })) {
          const person = personId(people, key);
          await writeAudit(tx, [auditEntry('marked', at, { person, inboxRow }, { detail: { event: name } })]);
        }
        break;
      }
      case 'same':
      case 'account':
      case 'visit':
        break;
    }
  }
}

/** Everyone whom a change of identity speaks of. */
export function personsOf(event: IdentityEvent): readonly PersonKey[] {
  switch (event.kind) {
    case 'merge':
    case 'move':
      return [event.survivor, event.merged];
    case 'same':
    case 'account':
    case 'link':
      return [event.one, event.other];
    case 'visit':
      return [event.from.person, event.to.person];
    case 'mark':
      return [event.person];
  }
}

/**
 * Looks whether the people of a message are who it takes them for.
 * @throws BridgeError identity/contradiction where it names two people as one
 */
export function checkIdentity(events: readonly IdentityEvent[], people: People): Finding[] {
  return events.flatMap((event): Finding[] => {
    if (event.kind !== 'same' && event.kind !== 'account') return [];
    const { kind, one, other, where } = event;
    if (personId(people, one) === personId(people, other)) return [];
    if (kind === 'same') {
      const message = 'PID-3 and this number are two people here, and the event is about one';
      throw new BridgeError('identity/contradiction', message, { where });
    }
    const message =
      'an account moves from one person to another; its visits, if any are held here, stay until the sender moves them';
    return [{ kind: 'identity/account-moved', where, message }];
  });
}

/** People as they are once the visits of a message have moved, and the rows that say so. `people` stays as it is. */
export function moveVisits(
  row: InboxRow,
  events: readonly IdentityEvent[],
  people: People,
): { readonly records: ReadonlyMap<number, PersonRecord>; readonly rows: readonly PersonRow[] } {
  const records = new Map<number, PersonRecord>();
  const rows: PersonRow[] = [];
  const recordNow = (person: number): PersonRecord => records.get(person) ?? recordOf(people, person);
  for (const event of events) {
    if (event.kind !== 'visit') continue;
    const from = recordNow(personId(people, event.from.person));
    const to = recordNow(personId(people, event.to.person));
    const { left, gained } = planVisitMove(from, to, { ...event, source: row.feed });
    // A visit moves when it is told, also by a message that was held: later ones have come under the old number since.
    const told = [...from.rows, ...to.rows].filter(({ source }) => source === row.feed);
    const at = new Date(Math.max(row.receivedAt.getTime(), ...told.map((one) => one.at.getTime())));
    const add = (person: number, named: PersonKey, added: typeof left): void => {
      if (added === undefined) return;
      records.set(person, grown(recordNow(person), row.feed, [{ ...added, at }]));
      rows.push({ ...added, at, person, named, source: row.feed, inboxRow: row.id });
    };
    add(from.id, event.from.person, left);
    add(to.id, event.to.person, gained);
  }
  return { records, rows };
}
