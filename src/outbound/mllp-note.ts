// How what was done to a note is told to a receiver that files only some MDM events (HL7 v2.5.1 §9.5): which act, on which
// document. Pure.
import type { DocumentReference, Identifier } from '@medplum/fhirtypes';
import { urnOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import type { Decision } from '../ips/decision.ts';
import { noteVersionKey } from '../ips/notes/identity.ts';
import type { NoteAct } from '../mapping/outbound/schema.ts';
import type { MllpDestinationSettings } from './settings.ts';

interface NoteToSend {
  readonly act: NoteAct;
  readonly document: DocumentReference;
}

/** Not why: an author who wrote in the wrong record may name there whom it was about. */
const inError =
  'Entered in error.\n\nThis note was entered in error, as its author says, and is to be disregarded. These words stand in place of what was written before.';

/**
 * @param note the version that is filed; of a withdrawal, the last one that went out there
 * @param understands the events that the receiver files. Without T10 a note is one document for ever, under the number of
 *   its first version: an edit (T08) has no number of its own
 */
export function noteToSend(
  decision: Decision,
  note: DocumentReference,
  understands: MllpDestinationSettings['understands'],
): NoteToSend {
  const replacesDocuments = understands.includes('T10');
  const document = replacesDocuments ? note : withOneNumber(note, decision);
  if (decision.action === 'withdraw') {
    if (understands.includes('T11')) return { act: 'cancellation', document };
    const struck = withText(document, decision.decidedAt);
    return replacesDocuments
      ? { act: 'replacement', document: inPlaceOf(struck, decision) }
      : { act: 'edit', document: struck };
  }
  if (!isReplacement(note)) return { act: 'new', document };
  return { act: replacesDocuments ? 'replacement' : 'edit', document };
}

function isReplacement({ relatesTo }: DocumentReference): boolean {
  return relatesTo?.some(({ code }) => code === 'replaces') === true;
}

/** The same under the number of the note's first version, whether or not that one went out. */
function withOneNumber(note: DocumentReference, { note: version }: Decision): DocumentReference {
  if (version === undefined) return note;
  const others = note.relatesTo?.filter(({ code }) => code !== 'replaces') ?? [];
  return {
    ...note,
    identifier: [numberOf(noteVersionKey({ id: version.id, version: 1 }))],
    relatesTo: others,
  };
}

function withText(note: DocumentReference, date: string): DocumentReference {
  const data = Buffer.from(inError, 'utf8').toString('base64');
  return { ...note, date, content: [{ attachment: { contentType: 'text/plain; charset=utf-8', data } }] };
}

/** The same under a number of its own, in place of the document that went out last. */
function inPlaceOf(note: DocumentReference, { key }: Decision): DocumentReference {
  const [replaced] = note.identifier ?? [];
  return {
    ...note,
    identifier: [numberOf(`${key}/entered-in-error`)],
    ...(replaced === undefined
      ? {}
      : { relatesTo: [{ code: 'replaces', target: { identifier: replaced } }] }),
  };
}

function numberOf(key: string): Identifier {
  return { system: systems.uri, value: urnOf(key) };
}
