// ED and RP → Attachment (v2-to-FHIR guide, ED[Attachment], RP[Attachment]). The document itself (ED.5) is not taken into
// the record: no fact reads it, and it would put clinical text where nobody looks for it. What is told is that there is
// one, of what kind, and where it stays.
import type { Attachment } from '@medplum/fhirtypes';
import { boundedValue } from '../bounds.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** A MIME type (RFC 6838); ED.2 and ED.3, RP.3 and RP.4 say its two halves (HL7 tables 0834, 0291). */
const mimeType = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,126}$/;
/** Subtypes of table 0291 that MIME writes otherwise. */
const subtypes: ReadonlyMap<string, string> = new Map<string, string>([
  ['octet-stream', 'octet-stream'],
  ['jpg', 'jpeg'],
  ['text', 'plain'],
]);

/** `ed-attachment`: the kind of an embedded document; its bytes stay in the message. */
export function edAttachment([field]: readonly Field[], context: Context): Attachment | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  // Only whether there is something: a document of 20 MB is not decoded for that.
  const hasData = textOf(field, { component: 5 }) !== undefined;
  const contentType = contentTypeOf(field, [2, 3], context);
  if (!hasData || contentType === undefined) return undefined;
  return { contentType };
}

/** `rp-attachment`: where a document lies; only a URL, as anything else is a path on somebody's computer. */
export function rpAttachment([field]: readonly Field[], context: Context): Attachment | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const url = boundedValue(field, { component: 1 }, 2_000, context) ?? undefined;
  if (url === undefined) return undefined;
  if (!/^https?:\/\/[^\s/@]+(\/\S*)?$/i.test(url)) {
    const where = whereOf(field, { component: 1 });
    note(context, 'type/url', where, 'no http address without a name and password in it; not used');
    return undefined;
  }
  const contentType = contentTypeOf(field, [3, 4], context);
  return { ...(contentType === undefined ? {} : { contentType }), url };
}

function contentTypeOf(
  field: Field,
  [type, subtype]: readonly [number, number],
  context: Context,
): string | undefined {
  const [first, second] = [type, subtype].map((component) => textOf(field, { component })?.toLowerCase());
  const named = second ?? first;
  if (named === undefined) return undefined;
  const whole = named.includes('/') ? named : `${first ?? ''}/${subtypes.get(second ?? '') ?? second ?? ''}`;
  if (mimeType.test(whole)) return whole;
  note(context, 'code/content-type', whereOf(field, { component: subtype }), 'no MIME type; left out');
  return undefined;
}
