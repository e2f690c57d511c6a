// A progress note in the record: one FHIR R4 DocumentReference for each version (documentreference.html), with its text
// as an attachment and, as codings, the few parts that measures count by. It is what every destination renders from.
import type { CodeableConcept, Coding, DocumentReference } from '@medplum/fhirtypes';
import type { PersonKey } from '../../fhir/canonical.ts';
import { urnOf } from '../../fhir/ids.ts';
import { extensions, systems } from '../../fhir/systems.ts';
import type { NoteVersion } from '../decision.ts';
import { effectNames } from '../words.ts';
import { noteVersionKey } from './identity.ts';
import { isRestricted, withoutEmployer } from './restricted.ts';
import { mediums } from './schema.ts';
import type { NoteWithdrawal, ProgressNote } from './schema.ts';
import { noteText } from './words.ts';

export interface DocumentContext {
  readonly id: string;
  /** From 1. */
  readonly version: number;
  readonly person: PersonKey;
  /** When the note was received. */
  readonly at: Date;
  /** IANA zone of the days and hours in the text. */
  readonly zone: string;
}

const title = effectNames['file-note'];
const kindNames = { contact: 'Contact', 'employer-contact': 'Contact with an employer' } as const;

/** One version of a note, as it is filed. */
export function noteDocument(written: ProgressNote, context: DocumentContext): DocumentReference {
  const { id, version, person, zone } = context;
  const note = withoutEmployer(written);
  const at = context.at.toISOString();
  const { author } = note;
  return {
    resourceType: 'DocumentReference',
    identifier: [{ system: systems.uri, value: urnOf(noteVersionKey({ id, version })) }],
    status: 'current',
    docStatus: version === 1 ? 'final' : 'amended',
    type: { text: title },
    category: [{ coding: [{ system: systems.noteKind, code: note.kind }], text: kindNames[note.kind] }],
    subject: { type: 'Patient', identifier: { system: person.system, value: person.value } },
    date: at,
    author: [
      {
        type: 'Practitioner',
        identifier: { system: author.system, value: author.value },
        display: author.name,
      },
    ],
    ...(version === 1 ? {} : { relatesTo: [replaced(id, version - 1)] }),
    description: note.summary,
    ...(isRestricted(written) ? { securityLabel: [veryRestricted] } : {}),
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: Buffer.from(noteText(note, version, zone), 'utf8').toString('base64'),
          title,
          creation: at,
        },
      },
    ],
    context: { ...countedParts(note), period: { start: note.date } },
  };
}

const veryRestricted: CodeableConcept = {
  coding: [{ system: systems.confidentiality, code: 'V', display: 'very restricted' }],
};

function replaced(id: string, version: number): NonNullable<DocumentReference['relatesTo']>[number] {
  const value = urnOf(noteVersionKey({ id, version }));
  return {
    code: 'replaces',
    target: { type: 'DocumentReference', identifier: { system: systems.uri, value } },
  };
}

/**
 * The same version in place of another one than the one before it, which never arrived where this goes; or of none.
 */
export function replacing(document: DocumentReference, before: NoteVersion | undefined): DocumentReference {
  const { relatesTo = [], ...rest } = document;
  const others = relatesTo.filter(({ code }) => code !== 'replaces');
  const all = before === undefined ? others : [...others, replaced(before.id, before.version)];
  return { ...rest, ...(all.length === 0 ? {} : { relatesTo: all }) };
}

/** What measures read back ({@link noteDetails}): each part as one coding of the event that the note is about. */
function countedParts(note: ProgressNote): Pick<NonNullable<DocumentReference['context']>, 'event'> {
  const codings: Coding[] = [];
  const add = (system: string, code: string | undefined, display?: string): void => {
    if (code !== undefined) codings.push({ system, code, ...(display === undefined ? {} : { display }) });
  };
  if (note.medium !== undefined) add(systems.consultationMechanism, note.medium, mediums[note.medium]);
  if (note.kind === 'contact') add(systems.noteAttended, note.attended);
  else {
    add(systems.noteMetBy, note.metBy);
    add(systems.notePersonIdentified, note.personIdentifiedToEmployer);
  }
  return codings.length === 0 ? {} : { event: codings.map((coding) => ({ coding: [coding] })) };
}

/** What measures need to know of a note. */
export interface NoteDetails {
  readonly kind: ProgressNote['kind'];
  /** FHIR date or dateTime: when it happened. */
  readonly date: string;
  readonly attended?: string;
  /** MHSDS consultation mechanism. */
  readonly medium?: string;
  readonly metBy?: string;
  readonly personIdentifiedToEmployer?: string;
}

/** The parts of a note that are counted, read back from its document; undefined where it is no note of ours. */
export function noteDetails({ category, context }: DocumentReference): NoteDetails | undefined {
  const code = codeOf(category, systems.noteKind);
  const kind = code === 'contact' || code === 'employer-contact' ? code : undefined;
  const date = context?.period?.start;
  if (kind === undefined || date === undefined) return undefined;
  const part = (name: Exclude<keyof NoteDetails, 'kind' | 'date'>, system: string): Partial<NoteDetails> => {
    const found = codeOf(context?.event, system);
    return found === undefined ? {} : { [name]: found };
  };
  return {
    kind,
    date,
    ...part('attended', systems.noteAttended),
    ...part('medium', systems.consultationMechanism),
    ...part('metBy', systems.noteMetBy),
    ...part('personIdentifiedToEmployer', systems.notePersonIdentified),
  };
}

function codeOf(concepts: readonly CodeableConcept[] | undefined, system: string): string | undefined {
  return concepts?.flatMap(({ coding }) => coding ?? []).find((coding) => coding.system === system)?.code;
}

/** The same version once a later one stands in its place. */
export function supersededDocument(document: DocumentReference): DocumentReference {
  return { ...document, status: 'superseded' };
}

/** The same version once its author has said that it was written by mistake, and why. */
export function erroneousDocument(
  document: DocumentReference,
  { reason, author }: NoteWithdrawal,
): DocumentReference {
  const valueString = `${reason} (${author.name})`;
  return {
    ...document,
    status: 'entered-in-error',
    docStatus: 'entered-in-error',
    extension: [{ url: extensions.enteredInErrorReason, valueString }],
  };
}
