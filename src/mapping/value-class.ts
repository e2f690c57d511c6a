// What kind of value stands at a place of a message: told beside every finding, so that somebody who may not see the
// value can still tell a date from a name. Nothing of the value itself is told but what it is made of and its length.
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { readText, readValue, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Value } from '../hl7v2/message.ts';
import { parsePlace } from '../hl7v2/place.ts';
import type { Place } from '../hl7v2/place.ts';

/** A finding with the class of the value at its place and the row that read it; one that has a row already is kept. */
export function attributed(finding: Finding, message: Message, row: string): Finding {
  if (finding.row !== undefined) return finding;
  const valueClass = valueClassAt(message, finding.where);
  return { ...finding, ...(valueClass === undefined ? {} : { valueClass }), row };
}

/**
 * The class of what stands at a place: `13 digits`, `letters, 5 characters`, `letters and digits, 7 characters`,
 * `delete ("")`, `not sent`; undefined where the place is no field (a whole segment).
 *
 * @param where a place in the notation of findings: PID-3[2].1, OBX[3]-5
 */
function valueClassAt(message: Message, where: string): string | undefined {
  const place = placeFrom(where);
  if (place === undefined) return undefined;
  const segment = segmentsNamed(message, place.segment)[(place.occurrence ?? 1) - 1];
  if (segment === undefined) return undefined;
  const value =
    place.component === undefined
      ? readText(segment, place.field, place.repetition ?? 1)
      : readValue(segment, place);
  return classOf(value);
}

function placeFrom(where: string): Place | undefined {
  try {
    return parsePlace(where);
  } catch (error) {
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}

function classOf(value: Value): string {
  if (value === undefined) return 'not sent';
  if (value === null) return 'delete ("")';
  const text = value.trim();
  if (text === '') return `blanks, ${characters(value)}`;
  const { length } = text;
  if (/^\d+$/.test(text)) return `${length} ${length === 1 ? 'digit' : 'digits'}`;
  const kinds = [
    ...(/\p{L}/u.test(text) ? ['letters'] : []),
    ...(/\d/.test(text) ? ['digits'] : []),
    ...(/[^\p{L}\d]/u.test(text) ? ['other characters'] : []),
  ];
  const last = kinds.at(-1) ?? '';
  const listed = kinds.length < 2 ? last : `${kinds.slice(0, -1).join(', ')} and ${last}`;
  return `${listed}, ${characters(text)}`;
}

function characters(text: string): string {
  const { length } = text;
  return `${length} ${length === 1 ? 'character' : 'characters'}`;
}
