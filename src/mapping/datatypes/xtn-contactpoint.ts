// XTN → ContactPoint (v2-to-FHIR guide, XTN[ContactPoint], tables TelecommunicationUseCode and
// TelecommunicationEquipmentType). As with addresses, no row of the product names it.
import type { ContactPoint } from '@medplum/fhirtypes';
import { boundedValue, longestPart } from '../bounds.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, repetitionsOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** HL7 table 0201 → FHIR contact-point-use. */
const uses: ReadonlyMap<string, NonNullable<ContactPoint['use']>> = new Map<
  string,
  NonNullable<ContactPoint['use']>
>([
  ['PRN', 'home'],
  ['WPN', 'work'],
  ['PRS', 'mobile'],
]);

/** HL7 table 0202 → FHIR contact-point-system. CP (mobile) is a telephone whose use is mobile. */
const equipment: ReadonlyMap<string, NonNullable<ContactPoint['system']>> = new Map<
  string,
  NonNullable<ContactPoint['system']>
>([
  ['PH', 'phone'],
  ['CP', 'phone'],
  ['FX', 'fax'],
  ['BP', 'pager'],
  ['MD', 'other'],
  ['SAT', 'other'],
  ['TDD', 'other'],
  ['TTY', 'other'],
  ['Internet', 'email'],
  ['X.400', 'email'],
]);

/** `xtn-contactpoint`: every repetition that holds a number or an address. */
export function xtnContactPoint(
  [field]: readonly Field[],
  context: Context,
): readonly ContactPoint[] | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const points = repetitionsOf(field).flatMap((repetition): ContactPoint[] => {
    const part = (component: number): string | undefined =>
      boundedValue(field, { repetition, component }, longestPart, context) ?? undefined;
    const kind = part(3);
    if (kind !== undefined && equipment.get(kind) === undefined) {
      const where = whereOf(field, { repetition, component: 3 });
      note(context, 'code/unknown-equipment', where, 'not in HL7 table 0202; the kind is left out');
    }
    const address = part(4);
    const isAddress =
      kind === 'Internet' || kind === 'X.400' || (kind === undefined && address !== undefined);
    const value = isAddress ? address : numberOf(part);
    if (value === undefined) return [];
    const system = kind === undefined ? (isAddress ? 'email' : undefined) : equipment.get(kind);
    const use = kind === 'CP' ? 'mobile' : uses.get(part(2) ?? '');
    const rank = Number(part(18));
    return [
      {
        ...(system === undefined ? {} : { system }),
        value,
        ...(use === undefined ? {} : { use }),
        ...(Number.isInteger(rank) && rank > 0 ? { rank } : {}),
      },
    ];
  });
  return points.length === 0 ? undefined : points;
}

/** XTN.12, else country (5), area (6), local (7) and extension (8) as the guide joins them, else XTN.1. */
function numberOf(part: (component: number) => string | undefined): string | undefined {
  const [country, area, local, extension, whole] = [part(5), part(6), part(7), part(8), part(12)];
  if (whole !== undefined) return whole;
  if (local === undefined) return part(1);
  const written = [
    country === undefined ? undefined : `+${country.replace(/^\+/, '')}`,
    area,
    local,
    extension === undefined ? undefined : `X${extension}`,
  ];
  return written.filter((piece) => piece !== undefined).join(' ');
}
