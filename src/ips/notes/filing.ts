// What one write of a note adds to the person's record: the new version, the mark on the one that it replaces, and what
// the person said about disclosure. Nothing is edited: each is a row of its own.
import type { Consent, DocumentReference } from '@medplum/fhirtypes';
import { currentRows } from '../../record/person.ts';
import type { PersonRecord } from '../../record/person.ts';
import { disclosureConsent, disclosureSourceId } from './disclosure.ts';
import { erroneousDocument, noteDocument, supersededDocument } from './document.ts';
import type { DocumentContext } from './document.ts';
import { notesFeed, noteVersionKey } from './identity.ts';
import { withoutEmployer } from './restricted.ts';
import type { NoteWithdrawal, ProgressNote } from './schema.ts';

interface FiledRow {
  readonly sourceId: string;
  readonly at: Date;
  readonly resource: DocumentReference | Consent;
}

/** @param earlier the versions on the record, oldest first; the new one follows them */
export function filedRows(
  note: ProgressNote,
  record: PersonRecord,
  earlier: readonly DocumentReference[],
  context: DocumentContext,
): FiledRow[] {
  const { id, version, at } = context;
  const document = noteDocument(note, context);
  const replaced = earlier.at(-1);
  const { disclosure } = withoutEmployer(note);
  return [
    ...(replaced === undefined
      ? []
      : [
          {
            sourceId: noteVersionKey({ id, version: version - 1 }),
            at,
            resource: supersededDocument(replaced),
          },
        ]),
    { sourceId: noteVersionKey({ id, version }), at, resource: document },
    ...(disclosure === undefined
      ? takenBack(record, id, at)
      : [{ sourceId: disclosureSourceId(id), at, resource: disclosureConsent(disclosure, document) }]),
  ];
}

/** Every version marked as entered in error, and what the note said about disclosure with it. */
export function withdrawnRows(
  withdrawal: NoteWithdrawal,
  record: PersonRecord,
  versions: readonly DocumentReference[],
  { id, at }: { readonly id: string; readonly at: Date },
): FiledRow[] {
  return [
    ...versions.map((document, place) => ({
      sourceId: noteVersionKey({ id, version: place + 1 }),
      at,
      resource: erroneousDocument(document, withdrawal),
    })),
    ...takenBack(record, id, at),
  ];
}

/** A statement about disclosure that the note no longer makes. */
function takenBack(record: PersonRecord, id: string, at: Date): FiledRow[] {
  const sourceId = disclosureSourceId(id);
  return currentRows(record, 'Consent')
    .filter((row) => row.source === notesFeed && row.sourceId === sourceId)
    .map(({ resource }) => ({ sourceId, at, resource: { ...resource, status: 'entered-in-error' } }));
}
