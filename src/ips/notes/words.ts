// A progress note as a busy clinician reads it in the record: who, what and when first, then a line for each thing that
// was said and no other, then the text as it was written, then who wrote it and that nobody watches it.
import { toHl7Time } from '../../time.ts';
import { dayInWords } from '../words.ts';
import { mediums } from './schema.ts';
import type { NoteAuthor, ProgressNote } from './schema.ts';

const attendance = {
  seen: 'was seen',
  'did-not-attend': 'did not attend',
  'cancelled-by-person': 'cancelled',
  'cancelled-by-service': 'the service cancelled',
} as const;

const meetings = {
  specialist: 'the employment specialist met the employer',
  'with-person': 'the employment specialist and the person met the employer together',
  'person-alone': 'the person met the employer',
} as const;

/** The text of one version; `zone` is that of the trust's days and hours. */
export function noteText(note: ProgressNote, version: number, zone: string): string {
  const lines = [
    headline(note, zone),
    ...labelled(note, version).map(([label, says]) => `${label}: ${says}`),
  ];
  return [lines.join('\n'), ...(note.text === undefined || note.text === '' ? [] : [note.text]), ending(note.author)].join('\n\n'); // prettier-ignore
}

function headline({ kind, date, author }: ProgressNote, zone: string): string {
  const what = kind === 'contact' ? 'IPS contact' : 'IPS contact with an employer';
  const time = date.includes('T') ? ` at ${timeInWords(date, zone)}` : '';
  return `${what} on ${dayInWords(date, zone)}${time}, by ${author.name}`;
}

function timeInWords(date: string, zone: string): string {
  const local = toHl7Time(new Date(date), zone);
  return `${local.slice(8, 10)}:${local.slice(10, 12)}`;
}

type Label = readonly [label: string, says: string | undefined];

function labelled(note: ProgressNote, version: number): (readonly [string, string])[] {
  const lines: Label[] = [
    ['Corrected', version === 1 ? undefined : `this is version ${version} of the note, in place of the one before`],
    ['Summary', note.summary],
    ...(note.kind === 'contact' ? ofContact(note) : ofEmployerContact(note)),
    ['How', note.medium === undefined ? undefined : mediums[note.medium]],
    ['Length', note.minutes === undefined ? undefined : `${note.minutes} ${note.minutes === 1 ? 'minute' : 'minutes'}`],
    ['Team', note.team],
    ...ofDisclosure(note),
  ]; // prettier-ignore
  return lines.flatMap(([label, says]) => (says === undefined ? [] : [[label, says] as const]));
}

function ofContact({ attended, withWhom, place }: Extract<ProgressNote, { kind: 'contact' }>): Label[] {
  return [
    ['The person', attended === undefined ? undefined : attendance[attended]],
    ['With', withWhom],
    ['Where', place],
  ];
}

function ofEmployerContact(note: Extract<ProgressNote, { kind: 'employer-contact' }>): Label[] {
  const { employer, metBy, visit, personIdentifiedToEmployer: told } = note;
  return [
    ['Employer', employer?.isThisTrust === true ? 'not named here' : employer?.name],
    ['Meeting', metBy === undefined ? undefined : meetings[metBy]],
    ['Visit', visit === undefined ? undefined : `number ${visit} to this employer`],
    ['Told to the employer who the person is', told],
  ];
}

function ofDisclosure({ disclosure }: ProgressNote): Label[] {
  if (disclosure === undefined) return [];
  const { mayApproachEmployers, mayBeSaid, on, withdrawn } = disclosure;
  const until = withdrawn === undefined ? '' : `; withdrawn on ${dayInWords(withdrawn, 'Etc/UTC')}`;
  return [
    ['May the specialist approach employers', `${mayApproachEmployers}, said on ${dayInWords(on, 'Etc/UTC')}${until}`],
    ['What may be said to employers', mayBeSaid],
  ]; // prettier-ignore
}

function ending({ name, role }: NoteAuthor): string {
  const who = role === undefined ? name : `${name}, ${role}`;
  return `Written by ${who}, Individual Placement and Support (IPS). Not monitored for urgent concerns.`;
}
