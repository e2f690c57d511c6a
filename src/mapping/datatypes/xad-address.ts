// XAD → Address (v2-to-FHIR guide, XAD[Address], SAD[Address], table AddressType[Use]). No row of the product names it:
// addresses are not needed for what this program does. It is for a trust whose agreement says otherwise.
import type { Address } from '@medplum/fhirtypes';
import { boundedValue, longestPart } from '../bounds.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, repetitionsOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** HL7 table 0190 → FHIR address-use, as AddressType[Use] has it; the others say nothing of the use. */
const uses: ReadonlyMap<string, NonNullable<Address['use']>> = new Map<string, NonNullable<Address['use']>>([
  ['BA', 'old'],
  ['BI', 'billing'],
  ['C', 'temp'],
  ['B', 'work'],
  ['H', 'home'],
  ['O', 'work'],
]);
/** The same table → FHIR address-type, as AddressType[Type] has it. */
const types: ReadonlyMap<string, NonNullable<Address['type']>> = new Map<
  string,
  NonNullable<Address['type']>
>([
  ['M', 'postal'],
  ['SH', 'postal'],
]);

const postcode = /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/;

/** `xad-address`: every repetition that holds an address; a UK postcode is written with its blank, in capitals. */
export function xadAddress(
  [field]: readonly Field[],
  context: Context,
): readonly Address[] | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const addresses = repetitionsOf(field).flatMap((repetition): Address[] => {
    const part = (component: number): string | undefined =>
      boundedValue(field, { repetition, component }, longestPart, context) ?? undefined;
    // XAD.1 is the street line; English senders write line 2 and 3 of it as its subcomponents or in XAD.2.
    const street = [1, 2, 3].map((subcomponent) =>
      boundedValue(field, { repetition, component: 1, subcomponent }, longestPart, context),
    );
    const line = [...street, part(2), part(19)].flatMap((text) => text ?? []);
    const [city, district, country] = [part(3), part(9), part(6)];
    const postalCode = postcodeOf(part(5), field, repetition, context);
    const state = part(4);
    if (line.length === 0 && city === undefined && postalCode === undefined && country === undefined)
      return [];
    const kind = part(7) ?? '';
    const [use, type] = [uses.get(kind), types.get(kind)];
    return [
      {
        ...(use === undefined ? {} : { use }),
        ...(type === undefined ? {} : { type }),
        ...(line.length === 0 ? {} : { line }),
        ...(city === undefined ? {} : { city }),
        ...(district === undefined ? {} : { district }),
        ...(state === undefined ? {} : { state }),
        ...(postalCode === undefined ? {} : { postalCode }),
        ...(country === undefined ? {} : { country }),
      },
    ];
  });
  return addresses.length === 0 ? undefined : addresses;
}

function postcodeOf(
  text: string | undefined,
  field: Field,
  repetition: number,
  context: Context,
): string | undefined {
  if (text === undefined) return undefined;
  const compact = text.toUpperCase().replaceAll(/\s+/g, '');
  if (postcode.test(compact)) return `${compact.slice(0, -3)} ${compact.slice(-3)}`;
  const where = whereOf(field, { repetition, component: 5 });
  note(context, 'type/postcode', where, 'not written as a UK postcode; kept as sent');
  return text;
}
