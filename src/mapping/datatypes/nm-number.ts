// NM and SN → decimal, positiveInt, Quantity and Range (v2-to-FHIR guide, NM[Quantity], NM[positiveInt], SN[Quantity],
// SN[Range]). What is no number is a finding; nothing is rounded, and no number is read out of a text.
import type { Quantity, Range } from '@medplum/fhirtypes';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, textOf, valueOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** HL7 v2.5.1 §2.A.45: sign, digits, point; 16 characters. More digits than 15 would not come through as sent. */
const numeric = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const longestNumber = 16;

function numberAt(field: Field, component: number, context: Context): number | null | undefined {
  const text = valueOf(field, { component });
  if (text === undefined || text === null) return text;
  if (numeric.test(text) && text.length <= longestNumber) return Number(text);
  note(
    context,
    'type/number',
    whereOf(field, { component }),
    'not a number of at most 16 characters; not used',
  );
  return undefined;
}

/** `nm-decimal`. */
export function nmDecimal([field]: readonly Field[], context: Context): number | null | undefined {
  return field === undefined ? undefined : numberAt(field, field.component ?? 1, context);
}

/** `nm-positive-int`: whole and above nought, as FHIR's positiveInt asks. */
export function nmPositiveInt([field]: readonly Field[], context: Context): number | null | undefined {
  if (field === undefined) return undefined;
  const value = numberAt(field, field.component ?? 1, context);
  if (typeof value !== 'number' || (Number.isInteger(value) && value >= 1 && value <= 2_147_483_647))
    return value;
  note(context, 'type/number', whereOf(field), 'not a whole number above nought; not used');
  return undefined;
}

const comparators = ['<', '<=', '>=', '>'] as const;

/** `sn-quantity`: `^10`, `>^5`; a range, ratio or category (SN.3, SN.4) is no Quantity, and noted. */
export function snQuantity([field]: readonly Field[], context: Context): Quantity | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const sign = textOf(field, { component: 1 });
  const value = numberAt(field, 2, context) ?? undefined;
  if (value === undefined) return undefined;
  const comparator = comparators.find((known) => known === sign);
  const isMore = [3, 4].some((component) => textOf(field, { component }) !== undefined);
  if (isMore || (comparator === undefined && sign !== undefined && sign !== '=')) {
    note(
      context,
      'type/structured-number',
      whereOf(field),
      'a range or a comparison that FHIR lacks; not used',
    );
    return undefined;
  }
  return { value, ...(comparator === undefined ? {} : { comparator }) };
}

/** `sn-range`: `^1^-^5` → low and high; low must not be above high. */
export function snRange([field]: readonly Field[], context: Context): Range | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const [low, high] = [numberAt(field, 2, context) ?? undefined, numberAt(field, 4, context) ?? undefined];
  if (low === undefined && high === undefined) return undefined;
  const isRange = textOf(field, { component: 3 }) === '-' && textOf(field, { component: 1 }) === undefined;
  if (!isRange || (low !== undefined && high !== undefined && low > high)) {
    note(context, 'type/structured-number', whereOf(field), 'not a range from low to high; not used');
    return undefined;
  }
  return {
    ...(low === undefined ? {} : { low: { value: low } }),
    ...(high === undefined ? {} : { high: { value: high } }),
  };
}
