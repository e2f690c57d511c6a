// A version of a progress note as a DocumentReference in the EPR. The version before it becomes superseded in the same
// transaction; taking a note back marks every version that stands as entered in error. A note is filed for everybody, also
// after a death and in a restricted record: it says what happened, in the person's own record.
import type { BundleEntry, DocumentReference } from '@medplum/fhirtypes';
import { urnOf } from '../fhir/ids.ts';
import { conditionalCreate, transaction, updateOver } from '../fhir/transaction.ts';
import type { NoteVersion } from '../ips/decision.ts';
import { replacing } from '../ips/notes/document.ts';
import { noteVersionKey } from '../ips/notes/identity.ts';
import type { DeliveryJob, Prepared } from '../pipeline/destination.ts';
import type { FhirClient, Typed } from './fhir-client.ts';
import { readOwn } from './own-resource.ts';
import type { CheckedPatient } from './person-check.ts';
import { ready } from './prepared.ts';
import { authorReference } from './references.ts';

/** @param patient the EPR's own, checked just now */
export async function prepareNote(
  client: FhirClient,
  { decision, note }: DeliveryJob,
  patient: CheckedPatient,
  signal: AbortSignal,
): Promise<Prepared> {
  if (decision.note === undefined) return notInRecord;
  if (decision.action === 'withdraw') return takeBack(client, decision.note, signal);
  if (note === undefined) return notInRecord;
  return file(client, decision.note, { ...note, subject: patient }, signal);
}

const notInRecord = {
  outcome: 'refused',
  kind: 'internal/note-missing',
  message: 'the note that is to be filed is not in the record',
} as const satisfies Prepared;

async function file(
  client: FhirClient,
  version: NoteVersion,
  note: DocumentReference,
  signal: AbortSignal,
): Promise<Prepared> {
  const author: NonNullable<DocumentReference['author']> = [];
  for (const each of note.author ?? []) {
    const known = await authorReference(client, each, signal);
    if (known.outcome !== 'author') return known;
    author.push(known.reference);
  }
  const before = await versionBefore(client, version, signal);
  if (before.outcome !== 'read') return before;
  const key = noteVersionKey(version);
  const document = pointing(replacing({ ...note, author }, before.version), before.resource);
  const entries = [conditionalCreate(document, urnOf(key), urnOf(`${key}/document`))];
  return ready(transaction([...entries, ...superseded(before.resource)]));
}

type Before =
  | {
      readonly outcome: 'read';
      readonly resource?: Typed<'DocumentReference'>;
      readonly version?: NoteVersion;
    }
  | Extract<Prepared, { outcome: 'transient' | 'refused' }>;

/** The last earlier version that stands in the EPR: those in between may have been given up. */
async function versionBefore(
  client: FhirClient,
  { id, version }: NoteVersion,
  signal: AbortSignal,
): Promise<Before> {
  for (let earlier = version - 1; earlier >= 1; earlier -= 1) {
    const before = { id, version: earlier };
    const read = await readOwn(client, 'DocumentReference', noteVersionKey(before), signal);
    if (read.outcome !== 'read') return read;
    if (read.resource !== undefined) return { outcome: 'read', resource: read.resource, version: before };
  }
  return { outcome: 'read' };
}

/** Points to what it replaces as the EPR knows it. */
function pointing(
  note: DocumentReference,
  before: Typed<'DocumentReference'> | undefined,
): DocumentReference {
  const { relatesTo } = note;
  if (before === undefined || relatesTo === undefined) return note;
  const reference = `DocumentReference/${before.id}`;
  return {
    ...note,
    relatesTo: relatesTo.map((each) =>
      each.code === 'replaces' ? { ...each, target: { ...each.target, reference } } : each,
    ),
  };
}

/** What somebody marked as an error, or superseded, stays so. */
function superseded(before: Typed<'DocumentReference'> | undefined): BundleEntry[] {
  return before?.status === 'current' ? [updateOver({ ...before, status: 'superseded' })] : [];
}

/** Every version that stands, the oldest first, in one transaction: no reader finds half of it taken back. */
async function takeBack(
  client: FhirClient,
  { id, version: last }: NoteVersion,
  signal: AbortSignal,
): Promise<Prepared> {
  const entries: BundleEntry[] = [];
  for (let version = 1; version <= last; version += 1) {
    const note = await readOwn(client, 'DocumentReference', noteVersionKey({ id, version }), signal);
    if (note.outcome !== 'read') return note;
    if (note.resource === undefined || note.resource.status === 'entered-in-error') continue;
    entries.push(updateOver({ ...note.resource, status: 'entered-in-error', docStatus: 'entered-in-error' }));
  }
  if (entries.length === 0) {
    return { outcome: 'nothing-to-do', message: 'no version of the note stands in the EPR' };
  }
  return ready(transaction(entries));
}
