// Progress notes as the record holds them: one DocumentReference for each version, under the source of notes.
import type { DocumentReference } from '@medplum/fhirtypes';
import type { PersonRecord } from '../../record/person.ts';
import type { NoteVersion } from '../decision.ts';
import { notesFeed, noteVersionKey } from './identity.ts';

/** A version as it was written, whatever became of it since (superseded, entered in error). */
export function recordedNote(record: PersonRecord, note: NoteVersion): DocumentReference | undefined {
  const key = noteVersionKey(note);
  const written = record.rows.find(
    ({ source, sourceId, resource }) =>
      source === notesFeed && sourceId === key && resource.resourceType === 'DocumentReference',
  );
  return written?.resource.resourceType === 'DocumentReference' ? written.resource : undefined;
}

/** Every version of a note as it was written, oldest first: the place in the list + 1 is its number. */
export function recordedVersions(record: PersonRecord, id: string): DocumentReference[] {
  const versions: DocumentReference[] = [];
  for (;;) {
    const next = recordedNote(record, { id, version: versions.length + 1 });
    if (next === undefined) return versions;
    versions.push(next);
  }
}
