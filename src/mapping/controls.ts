// Control characters in a message (readMessage notes the segment): text is taken without them, as neither FHIR nor the
// database has a place for them; a number that tells one thing from another is not used at all, as without them it may be
// another's.
import { withoutControls } from '../hl7v2/escape.ts';
import type { Message } from '../hl7v2/message.ts';

/** Whether anything of a message holds control characters; nearly none does, so that nothing else need look. */
export function holdsControls(message: Message): boolean {
  return message.findings.some(({ kind }) => kind === 'type/control-character');
}

/** What a conversion made, each text of it without control characters. */
export function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return withoutControls(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleaned(inner)]));
}
