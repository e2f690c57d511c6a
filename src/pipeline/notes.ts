// Rows of progress notes: who each is about, and what it leads to. A note makes nobody: whoever it names must be on the
// record already, and be one person, or it is held until they are. The rules are not evaluated anew for a note: none of
// their facts comes from one.
import { BridgeError, asBridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import type { Patient } from '@medplum/fhirtypes';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { Decision } from '../ips/decision.ts';
import { checkAuthor } from '../ips/notes/author.ts';
import { consentStood } from '../ips/notes/disclosure.ts';
import { noteKey, noteRule, notesFeed } from '../ips/notes/identity.ts';
import { filedRows, withdrawnRows } from '../ips/notes/filing.ts';
import { recordedVersions } from '../ips/notes/recorded.ts';
import { noteRequest } from '../ips/notes/schema.ts';
import type { NotePerson, NoteRequest, ProgressNote } from '../ips/notes/schema.ts';
import { noteTeam } from '../ips/notes/team.ts';
import { effectNames } from '../ips/words.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { currentRows } from '../record/person.ts';
import { summarise } from '../record/summary.ts';
import { systems } from '../fhir/systems.ts';
import { earliestInstant, localDate } from '../time.ts';
import type { Tx } from '../store/database.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import { noteWrites, personOfNote } from '../store/notes.ts';
import type { NoteWrite } from '../store/notes.ts';
import { keyOfPerson, personByKey, personsByNhsNumber } from '../store/persons.ts';
import type { Interpreter, Work } from './interpret.ts';
import { grown, personId, recordOf } from './people.ts';
import type { People } from './people.ts';

/** A note that could be read, and the one person on the record whom it is about; or why nothing is to be done. */
export type ReadNote =
  | { readonly request: NoteRequest; readonly person: PersonKey }
  | { readonly request: NoteRequest; readonly unused: string };

interface ReadRow {
  readonly row: InboxRow;
  readonly message: ReadNote | BridgeError;
  readonly named: readonly PersonKey[];
  readonly changesIdentity: false;
}

/** Reads the row and finds the person; nobody is made by a note. */
export async function readNoteRow(tx: Tx, row: InboxRow): Promise<ReadRow> {
  const request = requestOf(row);
  if (request instanceof BridgeError) return { row, message: request, named: [], changesIdentity: false };
  const unused = overtaken(request, row, await noteWrites(tx, request.id));
  if (unused !== undefined) return { row, message: { request, unused }, named: [], changesIdentity: false };
  const person =
    request.action === 'withdraw'
      ? ((await keyOfNote(tx, request.id)) ?? neverFiled)
      : await findPerson(tx, request.note.person);
  if ('unused' in person) return { row, message: { request, ...person }, named: [], changesIdentity: false };
  if (person instanceof BridgeError) return { row, message: person, named: [], changesIdentity: false };
  return { row, message: { request, person }, named: [person], changesIdentity: false };
}

async function keyOfNote(tx: Tx, id: string): Promise<PersonKey | undefined> {
  const person = await personOfNote(tx, id);
  return person === undefined ? undefined : keyOfPerson(tx, person);
}

const neverFiled = { unused: 'nothing of this note had been filed' } as const;

function requestOf({ body }: InboxRow): NoteRequest | BridgeError {
  try {
    return noteRequest.parse(JSON.parse(body.toString('utf8')));
  } catch (thrown) {
    return asBridgeError(thrown, 'parse/unreadable');
  }
}

/**
 * Why a version is not filed: its author has taken the note back, or has corrected it, before it could be. So a note that
 * was held is not filed by a late replay over what its author said since.
 */
function overtaken(request: NoteRequest, row: InboxRow, writes: readonly NoteWrite[]): string | undefined {
  if (request.action === 'withdraw') return undefined;
  if (writes.some(({ event, state }) => event === 'NOTE^withdraw' && state !== 'skipped'))
    return 'its author has said that it was entered in error';
  const corrected = writes.some((write) => write.row > row.id && write.state === 'processed' && write.outcome === 'used'); // prettier-ignore
  return corrected ? 'its author has corrected it since' : undefined;
}

/** The key of the one person whom a note names. */
async function findPerson(tx: Tx, named: NotePerson): Promise<PersonKey | BridgeError> {
  const found =
    'nhsNumber' in named
      ? await personsByNhsNumber(tx, named.nhsNumber)
      : [await personByKey(tx, { system: named.system, value: named.value })].filter(
          (id) => id !== undefined,
        );
  const [person, ...others] = found;
  if (person === undefined) return held('unknown-person', 'nobody on the record has this number; replay it once the EPR has told of them'); // prettier-ignore
  if (others.length > 0) return held('several-persons', 'several people on the record have this NHS number; give the local number'); // prettier-ignore
  const key = 'nhsNumber' in named ? await keyOfPerson(tx, person) : { system: named.system, value: named.value }; // prettier-ignore
  return key ?? held('unknown-person', 'nobody on the record has this number');
}

function held(kind: string, message: string): BridgeError {
  return new BridgeError(`identity/${kind}`, message, { where: 'person' });
}

/**
 * @param filedFor whose record holds an earlier version, now that all that came before is written
 * @throws BridgeError where the note cannot be used: it is then held
 */
export function interpretNote(
  row: InboxRow,
  note: ReadNote,
  people: People,
  current: Interpreter,
  filedFor: number | undefined,
): Work {
  if ('unused' in note) {
    const completion = { outcome: 'unused', findings: [], unusedReason: note.unused } as const;
    return { row, completion, resources: [], decisions: [], identity: [] };
  }
  const { request, person: key } = note;
  if (request.action !== 'withdraw') checkAuthor(request.note, current.mappings.staff, current.facts.zone);
  const person = personId(people, key);
  if (filedFor !== undefined && filedFor !== person)
    throw held(
      'note-of-another-person',
      'the note is filed for somebody else: have it entered in error there, and written anew',
    );
  const before = recordOf(people, person);
  if (request.action !== 'withdraw') checkPerson(before, request.note.person);
  const versions = recordedVersions(before, request.id);
  const at = arrivalOf(row, before);
  const { zone } = current.facts;
  const rows =
    request.action === 'withdraw'
      ? withdrawnRows(request.withdrawal, before, versions, { id: request.id, at })
      : filedRows(request.note, before, versions, { id: request.id, version: versions.length + 1, person: key, at, zone });
  const record = grown(before, notesFeed, rows);
  const decision: Decision = {
    action: request.action === 'withdraw' ? 'withdraw' : 'make',
    effect: 'file-note',
    rule: noteRule,
    title: effectNames['file-note'],
    key: noteKey(request.id),
    team: noteTeam(record, { ...current.facts, at }),
    reasons: [],
    note: { id: request.id, version: request.action === 'withdraw' ? versions.length : versions.length + 1 },
    ...(request.action === 'withdraw' ? { because: 'entered in error by its author' } : {}),
    decidedAt: at.toISOString(),
    ruleSet: current.rules.hash,
  };
  const findings = request.action === 'withdraw' ? [] : findingsOf(request.note, record, at, zone);
  people.records.set(person, record);
  return {
    row,
    completion: { outcome: 'used', findings },
    resources: rows.map((each) => ({ ...each, person, named: namedIn(request, before), source: notesFeed, inboxRow: row.id })),
    decisions: [{ person, decision }],
    identity: [],
  };
} // prettier-ignore

/** The registration that a note itself names; by an NHS number, the only one that has it. */
function namedIn(request: NoteRequest, record: PersonRecord): PersonKey | undefined {
  if (request.action === 'withdraw') return undefined;
  const { person } = request.note;
  if (!('nhsNumber' in person)) return { system: person.system, value: person.value };
  const holders = currentRows(record, 'Patient').filter((row) => hasNumber(row, person.nhsNumber));
  const [key, ...others] = record.keys.filter((each) => holders.some(({ sourceId }) => sourceId === personKeyText(each)));
  return others.length > 0 ? undefined : key;
} // prettier-ignore

function hasNumber({ resource }: RecordedResource<Patient>, nhsNumber: string): boolean {
  return (
    resource.identifier?.some(({ system, value }) => system === systems.nhsNumber && value === nhsNumber) ===
    true
  );
}

/** The person, now that their record is locked: still the one whom the note names. */
function checkPerson(record: PersonRecord, named: NotePerson): void {
  if ('nhsNumber' in named) {
    const has = currentRows(record, 'Patient').some((row) => hasNumber(row, named.nhsNumber));
    if (!has) throw held('unknown-person', 'nobody on the record has this NHS number any more');
  }
  const { birthDate, nhsNumber } = summarise(record);
  const { birthDate: stated } = named;
  // An NHS number that nobody has verified says who it is only together with the birth date.
  if ('nhsNumber' in named && birthDate === undefined && nhsNumber?.verified !== true)
    throw held(
      'number-not-verified',
      'this NHS number is not verified and no birth date is known to check it by; give the local number',
    );
  if (birthDate === undefined || stated === undefined) return;
  const shared = Math.min(birthDate.length, stated.length);
  if (birthDate.slice(0, shared) !== stated.slice(0, shared))
    throw held('birth-date-differs', 'the birth date is not that of the person with this number');
}

/** Its receipt, but never before an earlier version's: the clocks of two replicas differ, and order is arrival. */
function arrivalOf(row: InboxRow, { rows }: PersonRecord): Date {
  const own = rows.filter(({ source }) => source === notesFeed).map(({ at }) => at.getTime());
  return new Date(Math.max(row.receivedAt.getTime(), ...own));
}

function findingsOf(note: ProgressNote, record: PersonRecord, at: Date, zone: string): Finding[] {
  const findings: Finding[] = [];
  if (earliestInstant(note.date, zone) > at.getTime())
    findings.push({ kind: 'field/date-in-future', where: 'date', message: 'the contact lies in the future' });
  if (note.kind === 'employer-contact' && note.personIdentifiedToEmployer === 'yes') {
    const day = note.date.includes('T') ? localDate(new Date(note.date), zone) : note.date;
    if (!consentStood(record, day))
      findings.push({
        kind: 'field/disclosure-without-consent',
        where: 'personIdentifiedToEmployer',
        message:
          'the employer was told who the person is, and no consent of theirs is on record for that day',
      });
  }
  return findings;
}
