// The employment specialists of the synthetic trust, and what they write: their own case system sends it to the bridge
// over HTTP. All of it is invented.
import type { NoteRequest } from '../ips/notes/schema.ts';
import { fhirDate } from './calendar.ts';
import type { SyntheticPerson } from './people.ts';
import { trust } from './trust.ts';

type Note = Extract<NoteRequest, { action: 'create' }>['note'];
type Contact = Extract<Note, { kind: 'contact' }>;
type EmployerContact = Extract<Note, { kind: 'employer-contact' }>;
type Withdrawal = Extract<NoteRequest, { action: 'withdraw' }>['withdrawal'];

export interface Specialist {
  /** Staff number. */
  readonly id: string;
  readonly name: string;
}

export const specialists: readonly Specialist[] = [
  { id: 'E2001', name: 'Morgan Ashgrove' },
  { id: 'E2002', name: 'Sam Whitlock' },
  { id: 'E2003', name: 'Jo Penrose' },
];

/** Whoever sees this person, the same one each time. */
function specialistOf({ localNumber }: SyntheticPerson): Specialist {
  const [first] = specialists;
  const chosen = specialists[Number(localNumber.slice(1)) % specialists.length] ?? first;
  return chosen ?? { id: 'E2000', name: 'Employment specialist' };
}

function author(person: SyntheticPerson): Note['author'] {
  const { id, name } = specialistOf(person);
  return { system: trust.staff, value: id, name, role: 'Employment specialist' };
}

/** Under the number that the specialists know: of somebody registered twice, the one that was merged away. */
function subject(person: SyntheticPerson): Note['person'] {
  const value = person.duplicateNumber ?? person.localNumber;
  return { system: trust.patient, value, birthDate: fhirDate(person.birthDate) };
}

/** The note about a first meeting. @param date FHIR date */
export function firstContact(person: SyntheticPerson, date: string): Contact {
  return {
    kind: 'contact',
    person: subject(person),
    author: author(person),
    date,
    summary: 'First meeting: we talked about what work they want',
    text: 'Met at the community base.\nThey have done shop & kitchen work before and liked it.\nNext: look at adverts together; find out what a few hours a week would mean for their money.',
    medium: '01',
    minutes: 45,
    attended: 'seen',
    ...(person.story.employer === 'named'
      ? {
          disclosure: { mayApproachEmployers: 'yes', mayBeSaid: 'That I have been away from work', on: date },
        }
      : {}),
  };
}

/** The same note as its author corrects it. */
export function correctedContact(person: SyntheticPerson, date: string): Contact {
  return { ...firstContact(person, date), minutes: 60, summary: 'First meeting (an hour): we talked about what work they want' }; // prettier-ignore
}

export function writtenByMistake(person: SyntheticPerson): Withdrawal {
  return { reason: 'Written about the wrong person', author: author(person) };
}

/** A talk with an employer; the person is named there only where they have said so. */
export function employerContact(
  person: SyntheticPerson,
  date: string,
  identified: 'yes' | 'no',
): EmployerContact {
  return {
    kind: 'employer-contact',
    person: subject(person),
    author: author(person),
    date,
    summary: 'Visited an employer about kitchen jobs',
    medium: '01',
    minutes: 30,
    employer: { name: 'The Invented Teashop' },
    metBy: 'specialist',
    visit: 1,
    personIdentifiedToEmployer: identified,
  };
}
