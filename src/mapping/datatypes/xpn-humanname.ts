// XPN → HumanName (v2-to-FHIR guide, XPN[HumanName] and FN[HumanName]; HL7 v2.5.1 §2.A.88). Only what tells two
// people apart is kept: validity dates, assembly order and professional suffixes are not.
import type { HumanName } from '@medplum/fhirtypes';
import { boundedValue, longestPart } from '../bounds.ts';
import { lookUp } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { isDeleted, repetitionsOf } from '../field.ts';
import type { Field } from '../field.ts';

/** `xpn-humanname`: every repetition that holds a name. */
export function xpnHumanName(
  [field]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): readonly HumanName[] | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const names = repetitionsOf(field).flatMap((repetition) => {
    const part = (component: number): string | undefined =>
      boundedValue(field, { repetition, component }, longestPart, context) ?? undefined;
    const present = (...components: number[]): string[] => components.flatMap((number) => part(number) ?? []);
    const family = part(1);
    const given = present(2, 3);
    const prefix = present(5);
    const suffix = present(4, 6);
    if (family === undefined && given.length === 0) return [];
    const use =
      codes === undefined ? undefined : lookUp({ ...field, repetition, component: 7 }, codes, context);
    const name: HumanName = {
      ...(use?.state === 'known' && isNameUse(use.value) ? { use: use.value } : {}),
      ...(family === undefined ? {} : { family }),
      ...(given.length === 0 ? {} : { given }),
      ...(prefix.length === 0 ? {} : { prefix }),
      ...(suffix.length === 0 ? {} : { suffix }),
    };
    return [name];
  });
  return names.length === 0 ? undefined : names;
}

const nameUses = ['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden'] as const;

function isNameUse(value: string | undefined): value is (typeof nameUses)[number] {
  return nameUses.some((use) => use === value);
}
