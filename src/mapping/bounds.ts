// How long a text may be. Longer ones are no names and no numbers: they are a finding and are not used, so that a slipped
// separator does not put half a message into one element.
import { note } from './conversion.ts';
import type { Context } from './conversion.ts';
import { valueOf, whereOf } from './field.ts';
import type { Field } from './field.ts';

/** Longest part of a name, an address, a telephone number or an organisation (XPN, XAD, XTN, XON: 250 in HL7 v2.5.1). */
export const longestPart = 250;
/** Longest text that a FHIR string may hold (R4 datatypes: 1 MB). */
export const longestString = 1_048_576;

/** A component, three-valued; one that is longer than `longest` characters is noted and not used. */
export function boundedValue(
  field: Field,
  part: { readonly component?: number; readonly repetition?: number; readonly subcomponent?: number },
  longest: number,
  context: Context,
): string | null | undefined {
  const value = valueOf(field, part);
  if (typeof value !== 'string' || value.length <= longest) return value;
  note(context, 'type/too-long', whereOf(field, part), `longer than ${longest} characters; not used`);
  return undefined;
}
