// Unknown codes for which a row is held: its own are not in a translation, since there is none. Once a table knows them,
// `map reprocess --unmapped` takes the row up.
import type { BridgeError } from '../errors.ts';
import type { UnknownCode } from '../fhir/canonical.ts';
import type { Message } from '../hl7v2/message.ts';
import type { Mappings } from '../mapping/load.ts';
import { unknownAuthorities, unknownStaff } from '../mapping/unknown.ts';
import type { ReadNote } from './notes.ts';

/** The codes that no table knows and that are the reason why this message or note is held; often none. */
export function codesThatHold(
  message: Message | ReadNote | BridgeError,
  error: BridgeError,
  mappings: Mappings,
): readonly UnknownCode[] {
  const kinds = [error, ...error.findings].map(({ kind }) => kind);
  if ('segments' in message) {
    return kinds.includes('identity/unknown-authority') ? unknownAuthorities(message, mappings) : [];
  }
  const isNote = 'request' in message && message.request.action !== 'withdraw';
  return isNote && kinds.includes('identity/unknown-author')
    ? [unknownStaff(message.request.note.author)]
    : [];
}
