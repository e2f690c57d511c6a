// What is written about a contact, as it comes in: strict where the person and the author are concerned, lenient in the
// rest. Only person, author, kind, date and one line are required: onerous forms kill use. Messages name the place and
// what is allowed there, never what was sent.
import { z } from 'zod';
import { compactNhsNumber, isNhsNumber } from '../../fhir/nhs-number.ts';
import { earliestInstant } from '../../time.ts';

/** A string that can be stored and shown: no half of a surrogate pair, no control character. */
const isPlain = (text: string): boolean => text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
const isPlainText = (text: string): boolean => text.isWellFormed() && !/(?![\n\t])\p{Cc}/u.test(text);

const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(longest, `has at most ${longest} characters`)
    .refine(isPlain, 'is one line of plain text, without control characters');

/** An object that says which keys it may have, where it has another one. */
const known = <S extends z.core.$ZodShape>(shape: S) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `holds a key that is not known here; allowed are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

const system = z
  .string()
  .max(200)
  .regex(/^(https?:\/\/|urn:)[!-~]+$/, 'is the URI of an identifier system (https://… or urn:…)');
const number = line(200);

function isFhirDate(text: string): boolean {
  try {
    earliestInstant(text, 'Etc/UTC');
    return true;
  } catch {
    return false;
  }
}

const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'is a day, as 2026-11-02')
  .refine(isFhirDate, 'is a day of the calendar');
const partialDay = z
  .string()
  .regex(/^\d{4}(-\d\d(-\d\d)?)?$/, 'is a date, as 1985-04-12, 1985-04 or 1985')
  .refine(isFhirDate, 'is a date of the calendar');
const dayOrMoment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/,
    'is a day (2026-11-02) or a moment with its offset (2026-11-02T14:30:00Z)',
  )
  .refine(isFhirDate, 'is a date and time of the calendar');

const localPerson = known({ system, value: number, birthDate: partialDay.optional() });
const nationalPerson = known({
  nhsNumber: z.string().transform(compactNhsNumber).refine(isNhsNumber, 'is a valid NHS number'),
  birthDate: day,
});
const person = z.union([localPerson, nationalPerson], {
  error:
    'is either system and value of a local number (and birthDate, if it is known), or a valid nhsNumber and birthDate',
});
export type NotePerson = z.output<typeof person>;

const author = known({ system, value: number, name: line(200), role: line(100).optional() });
export type NoteAuthor = z.output<typeof author>;

const yesOrNo = z.enum(['yes', 'no']);

const disclosure = known({
  mayApproachEmployers: yesOrNo,
  mayBeSaid: line(500).optional(),
  on: day,
  withdrawn: day.optional(),
});
export type DisclosureStatement = z.output<typeof disclosure>;

/** MHSDS attendance 5 and 6 both mean that the person was seen; of its other codes we take none. */
const attended = z
  .enum(['seen', 'did-not-attend', 'cancelled-by-person', 'cancelled-by-service', '5', '6'])
  .transform((said) => (said === '5' || said === '6' ? 'seen' : said));

/** MHSDS consultation mechanism, with the words for a reader. */
export const mediums = {
  '01': 'face to face',
  '02': 'telephone',
  '04': 'talk type',
  '05': 'email',
  '09': 'text message',
  '10': 'instant message',
  '11': 'video',
  '98': 'other',
} as const;
const medium = z.literal(
  ['01', '02', '04', '05', '09', '10', '11', '98'],
  'is an MHSDS consultation mechanism: 01, 02, 04, 05, 09, 10, 11 or 98',
);

const common = {
  person,
  author,
  date: dayOrMoment,
  summary: line(200),
  text: z
    .string()
    .max(20_000, 'has at most 20000 characters')
    .transform((text) => text.replace(/\r\n?/g, '\n').trim())
    .refine(isPlainText, 'is plain text, without control characters other than line ends and tabs')
    .optional(),
  team: line(100).optional(),
  medium: medium.optional(),
  minutes: z.int().min(1).max(1_440).optional(),
  disclosure: disclosure.optional(),
} as const;

const contact = known({
  kind: z.literal('contact'),
  ...common,
  attended: attended.optional(),
  withWhom: line(200).optional(),
  place: line(200).optional(),
});
const employerContact = known({
  kind: z.literal('employer-contact'),
  ...common,
  employer: known({ name: line(200), isThisTrust: z.boolean().optional() }).optional(),
  metBy: z.enum(['specialist', 'with-person', 'person-alone']).optional(),
  visit: z.int().min(1).max(999).optional(),
  personIdentifiedToEmployer: yesOrNo.optional(),
});

/** One note, whole: what is posted, and what an amendment puts in its place. */
export const progressNote = z.discriminatedUnion('kind', [contact, employerContact], {
  error: 'is contact or employer-contact',
});
export type ProgressNote = z.output<typeof progressNote>;

/** A note that was written by mistake: what its author says of it. */
export const noteWithdrawal = known({ reason: line(500), author });
export type NoteWithdrawal = z.output<typeof noteWithdrawal>;

const named = { id: z.uuid(), subject: z.string() } as const;

/** What the inbox keeps of one write: the request as it was checked, the note's id, and who sent it. */
export const noteRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), ...named, note: progressNote }),
  z.strictObject({ action: z.literal('amend'), ...named, note: progressNote }),
  z.strictObject({ action: z.literal('withdraw'), ...named, withdrawal: noteWithdrawal }),
]);
export type NoteRequest = z.output<typeof noteRequest>;
