// CX → Identifier (v2-to-FHIR guide, CX[Identifier]; HL7 v2.5.1 §2.A.14), and the person keys that PID-3 and MRG-1
// hold. In England the NHS number is the repetition with CX.4 = NHS (ITK HL7v2); some senders say it in CX.5.
import type { CodeableConcept, Extension, Identifier } from '@medplum/fhirtypes';
import type { PersonKey } from '../../fhir/canonical.ts';
import { compactNhsNumber, isNhsNumber } from '../../fhir/nhs-number.ts';
import { extensions, systems } from '../../fhir/systems.ts';
import type { Authorities } from '../codes.ts';
import { note, personAuthorities } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, repetitionsOf, textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** What one repetition of a CX list is to us. */
type Read =
  | { readonly kind: 'person'; readonly key: PersonKey; readonly repetition: number }
  | { readonly kind: 'nhs'; readonly value: string; readonly repetition: number }
  | { readonly kind: 'unusable' | 'unknown-authority' | 'no-default' | 'other'; readonly repetition: number };

/** Longer numbers do not exist, and cannot be looked up by. */
const longestNumber = 200;

function isStorable(number: string): boolean {
  return number.length <= longestNumber && !/\p{Cc}/u.test(number);
}

/** Reads every repetition that has a number; what the numbers are is told by the authorities table. */
export function readIdentifiers(field: Field, authorities: Authorities): readonly Read[] {
  return repetitionsOf(field).flatMap((repetition): Read[] => {
    const value = textOf(field, { repetition, component: 1 });
    if (value === undefined) return [];
    const authority = textOf(field, { repetition, component: 4 });
    const type = textOf(field, { repetition, component: 5 });
    const nhs =
      type === 'NH' ||
      type === 'NHS' ||
      (authority !== undefined && authorities.systemOf('nhs', authority) !== undefined);
    if (nhs) return [{ kind: 'nhs', value: compactNhsNumber(value), repetition }];
    const system = authorities.systemOf('person', authority);
    // A number that cannot be stored or looked up names nobody.
    if (!isStorable(value)) return [{ kind: 'unusable', repetition }];
    if (system !== undefined) return [{ kind: 'person', key: { system, value }, repetition }];
    if (authority === undefined) return [{ kind: 'no-default', repetition }];
    return [{ kind: authorities.knows(authority) ? 'other' : 'unknown-authority', repetition }];
  });
}

/** The keys by which a PID-3 or MRG-1 names somebody, in the order sent. */
export function personKeys(field: Field, authorities: Authorities): readonly PersonKey[] {
  return readIdentifiers(field, authorities).flatMap((read) => (read.kind === 'person' ? [read.key] : []));
}

/** `cx-identifiers` (PID-3, PID-32): local numbers, and the NHS number with its verification status. */
export function cxIdentifiers(
  fields: readonly Field[],
  context: Context,
): readonly Identifier[] | null | undefined {
  const [list, reliability] = fields;
  if (list === undefined) return undefined;
  if (isDeleted(list)) return null;
  const all = readIdentifiers(list, context.authorities);
  const local = all.flatMap((read) => (read.kind === 'person' ? [read.key] : []));
  for (const read of all) {
    if (read.kind !== 'unknown-authority') continue;
    const where = whereOf(list, { repetition: read.repetition, component: 4 });
    note(context, 'identity/unknown-authority', where, 'not in codes/assigning-authorities.csv');
    const code = textOf(list, { repetition: read.repetition, component: 4 });
    if (code !== undefined) context.unknownCodes.push({ table: personAuthorities, code, where });
  }
  if (new Set(local.map((key) => key.system)).size < local.length) {
    note(
      context,
      'identity/several-local-numbers',
      whereOf(list),
      'two numbers of one authority; the first counts',
    );
  }
  const nhs = nhsNumber(list, all, reliability, context);
  const identifiers = [...local.map(({ system, value }): Identifier => ({ system, value })), ...nhs];
  return identifiers.length === 0 ? undefined : identifiers;
}

function nhsNumber(
  list: Field,
  all: readonly Read[],
  reliability: Field | undefined,
  context: Context,
): Identifier[] {
  const valid = new Set<string>();
  const invalid = new Set<string>();
  for (const read of all) {
    if (read.kind !== 'nhs') continue;
    if (isNhsNumber(read.value)) valid.add(read.value);
    else {
      if (isStorable(read.value)) invalid.add(read.value);
      const where = whereOf(list, { repetition: read.repetition, component: 1 });
      note(
        context,
        'identity/invalid-nhs-number',
        where,
        'not a valid NHS number; kept, but not used as one',
      );
    }
  }
  // Under a system of their own, nothing matches on them and no receiver gets them.
  const kept = [...invalid].map((value): Identifier => ({ system: systems.invalidNhsNumber, value }));
  const [value, ...more] = valid;
  if (value === undefined) return kept;
  if (more.length > 0) {
    note(context, 'identity/several-nhs-numbers', whereOf(list), 'two different NHS numbers; none is used');
    return kept;
  }
  const status = reliability === undefined ? undefined : verificationStatus(reliability, context);
  return [
    { ...(status === undefined ? {} : { extension: [status] }), system: systems.nhsNumber, value },
    ...kept,
  ];
}

/** PID-32 NSTS01..NSTS08 as the UK Core extension. ED and UD speak of the birth date and are read there. */
function verificationStatus(field: Field, context: Context): Extension | undefined {
  const codes = new Set<string>();
  for (const repetition of repetitionsOf(field)) {
    const text = textOf(field, { repetition, component: 1 });
    if (text === undefined || text === 'ED' || text === 'UD') continue;
    const status = /^NSTS(0[1-8])$/.exec(text)?.[1];
    if (status !== undefined) codes.add(status);
    else {
      const where = whereOf(field, { repetition, component: 1 });
      note(context, 'code/unknown-identity-reliability', where, 'none of NSTS01 to NSTS08, ED, UD');
    }
  }
  const [code, ...more] = codes;
  if (code === undefined) return undefined;
  if (more.length > 0) {
    note(context, 'code/contradiction', whereOf(field), 'two different NHS number statuses; none is used');
    return undefined;
  }
  return {
    url: extensions.nhsNumberVerification,
    valueCodeableConcept: { coding: [{ system: systems.nhsNumberVerification, code }] },
  };
}

const visitNumberType: CodeableConcept = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'VN' }],
};

/** `cx-visit-number` (PV1-19): the number with its type; which system it belongs to, no table says. */
export function cxVisitNumber([field]: readonly Field[]): readonly Identifier[] | undefined {
  const value = field === undefined ? undefined : textOf(field, { component: 1 });
  return value === undefined ? undefined : [{ type: visitNumberType, value }];
}
