// Rows of progress notes: who each is about, and what it leads to.
import type { BridgeError } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { NoteRequest } from '../ips/notes/schema.ts';
import type { Tx } from '../store/database.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import type { Interpreter, Work } from './interpret.ts';
import type { People } from './people.ts';

/** A note that could be read, and the one person on the record whom it names. */
export interface ReadNote {
  readonly request: NoteRequest;
  readonly person: PersonKey;
}

interface ReadRow {
  readonly row: InboxRow;
  readonly message: ReadNote | BridgeError;
  readonly named: readonly PersonKey[];
  readonly changesIdentity: false;
}

/** Reads the row and finds the person; nobody is made by a note. */
export function readNoteRow(_tx: Tx, _row: InboxRow): Promise<ReadRow> {
  return Promise.reject(new Error('to be written'));
}

/** @throws BridgeError where the note cannot be used: it is then held */
export function interpretNote(_row: InboxRow, _note: ReadNote, _people: People, _current: Interpreter): Work {
  throw new Error('to be written');
}
