// RF1 and PRD → what a ServiceRequest needs beyond the common types (HL7 v2.5.1 §11.8.1, §11.8.3). The guide has no map
// for REF. Codes only: a referral's words and free text stay in the record that they came from.
import type { CodeableConcept, Coding, Identifier, Reference } from '@medplum/fhirtypes';
import { BridgeError } from '../../errors.ts';
import { isSnomedId } from '../../fhir/snomed.ts';
import { systems } from '../../fhir/systems.ts';
import { note } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { isDeleted, repetitionsOf, textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';
import { eiKey } from './ei-identifier.ts';

/**
 * `rf1-key` (RF1-6): the referral's own number.
 * @throws BridgeError field/missing-id: a referral that nothing can tell from another must not pass unseen
 */
export function rf1Key(fields: readonly Field[], context: Context): string {
  const key = eiKey(fields, context);
  if (key !== undefined) return key;
  const message = 'a referral needs its originating number; without it nothing tells which one this is';
  throw new BridgeError('field/missing-id', message, { where: 'RF1-6' });
}

/** Names by which senders call SNOMED CT in CE.3 (HL7 table 0396). */
const snomedNames: ReadonlySet<string> = new Set([
  'SCT',
  'SNM',
  'SNOMED',
  'SNOMED-CT',
  'SNOMED CT',
  '2.16.840.1.113883.6.96',
]);

/** `ce-coded` (RF1-3): a SNOMED CT id as such, else what `codes` says of the local code; never its words. */
export function ceCoded(
  [field]: readonly Field[],
  context: Context,
  options: RowOptions,
): CodeableConcept | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  return conceptOf(field, context, options);
}

function conceptOf(field: Field, context: Context, options: RowOptions): CodeableConcept | undefined {
  // Both triplets of a CE: the local code and the standard one beside it, in whichever order.
  const first = codingOf(field, 1, context, options);
  const second = codingOf(field, 4, context, options);
  const same = first?.code === second?.code && first?.system === second?.system;
  const coding = [first, ...(same ? [] : [second])].filter((one) => one !== undefined);
  return coding.length === 0 ? undefined : { coding };
}

function codingOf(
  field: Field,
  component: 1 | 4,
  context: Context,
  { codes, system }: RowOptions,
): Coding | undefined {
  const code = textOf(field, { component });
  if (code === undefined) return undefined;
  const where = whereOf(field, { component });
  if (snomedNames.has(textOf(field, { component: component + 2 }) ?? '')) {
    // Of a post-coordinated expression the focus is an id; the whole of it is kept.
    if (isSnomedId(code.split(':')[0] ?? '')) return { system: systems.snomed, code };
    note(context, 'code/invalid-snomed-id', where, 'not a SNOMED CT identifier; not used');
    return undefined;
  }
  const entry = codes?.entries.get(code);
  if (entry !== undefined) {
    const named = entry.system ?? system;
    if (entry.value === undefined) return undefined;
    const { display } = entry;
    return {
      ...(named === undefined ? {} : { system: named }),
      code: entry.value,
      ...(display === undefined ? {} : { display }),
    };
  }
  if (codes !== undefined) {
    note(context, `code/unknown-${codes.name}`, where, `not in codes/${codes.name}.csv`);
    context.unknownCodes.push({ table: codes.name, code, where });
  }
  // The sender's code is kept, without the words beside it and without a system that it may not be of.
  return { code };
}

/** `prd-team` (PRD-7 of a referred-to provider): the team that codes/teams.csv lists; another is noted, and kept. */
export function prdTeam([field]: readonly Field[], context: Context): readonly Reference[] | undefined {
  if (field === undefined) return undefined;
  const numbers = repetitionsOf(field).flatMap((repetition) => {
    const value = textOf(field, { repetition, component: 1 });
    return value === undefined ? [] : [{ value, repetition }];
  });
  const known = numbers.flatMap(({ value }) => context.teams.find(value) ?? [])[0];
  if (known !== undefined) {
    const identifier: Identifier = { system: context.teams.teamSystem, value: known.id };
    return [{ type: 'CareTeam', identifier, display: known.name }];
  }
  const [other] = numbers;
  if (other === undefined) return undefined;
  const where = whereOf(field, { repetition: other.repetition, component: 1 });
  note(context, 'code/unknown-team', where, 'not in codes/teams.csv');
  context.unknownCodes.push({ table: 'teams', code: other.value, where });
  // What kind of provider this is, nothing tells: a number without a system.
  return [{ identifier: { value: other.value } }];
}
