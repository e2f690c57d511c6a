// EI → Identifier (v2-to-FHIR guide, EI[Identifier-System] and EI[Identifier-Organization]; HL7 v2.5.1 §2.A.28), and
// the text by which the same document or referral is known next time. A UUID in our own namespace is something of ours.
import type { Identifier } from '@medplum/fhirtypes';
import { systems } from '../../fhir/systems.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** EI.2 of the numbers that this program gives, as the files of `fhir-to-hl7v2` write it. */
const ownNamespace = 'IPS-BRIDGE';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Longer numbers do not exist, and cannot be looked up by. */
const longestNumber = 200;

/** One EI as an identifier: EI.3 tells the system where it is an OID, a UUID or a URI, else EI.2 names the assigner. */
export function identifierOf(field: Field, context: Context): Identifier | undefined {
  const value = textOf(field, { component: 1 });
  if (value === undefined) return undefined;
  if (value.length > longestNumber || /\p{Cc}/u.test(value)) {
    note(context, 'field/unusable-number', whereOf(field), 'too long, or holds control characters; not used');
    return undefined;
  }
  const own = ownUrn(field);
  if (own !== undefined) return { system: systems.uri, value: own };
  const system = systemOf(textOf(field, { component: 3 }), textOf(field, { component: 4 }));
  const namespace = textOf(field, { component: 2 });
  if (system !== undefined) return { system, value };
  return { value, ...(namespace === undefined ? {} : { assigner: { display: namespace } }) };
}

/** `ei-identifier` (TXA-12): one identifier. */
export function eiIdentifier([field]: readonly Field[], context: Context): Identifier | undefined {
  return field === undefined ? undefined : identifierOf(field, context);
}

/** `ei-identifiers`: the numbers of all these fields, in their order. */
export function eiIdentifiers(fields: readonly Field[], context: Context): readonly Identifier[] | undefined {
  const all = fields.flatMap((field) => identifierOf(field, context) ?? []);
  return all.length === 0 ? undefined : all;
}

/** `ei-own-identifiers` (TXA-12): what we called it ourselves, by which our own is recognised; of others nothing. */
export function eiOwnIdentifiers([field]: readonly Field[]): readonly Identifier[] | undefined {
  const value = field === undefined ? undefined : ownUrn(field);
  return value === undefined ? undefined : [{ system: systems.uri, value }];
}

/**
 * `ei-key` (TXA-12, RF1-6): the components as sent, joined by `^`. The same number of two assigners is two things.
 * Without EI.1, and for a number that cannot be stored, nothing.
 */
export function eiKey([field]: readonly Field[], context: Context): string | undefined {
  if (field === undefined || isDeleted(field) || identifierOf(field, context) === undefined) return undefined;
  return [1, 2, 3, 4]
    .map((component) => textOf(field, { component }) ?? '')
    .join('^')
    .replace(/\^+$/, '');
}

function ownUrn(field: Field): string | undefined {
  const value = textOf(field, { component: 1 });
  const isOurs = textOf(field, { component: 2 }) === ownNamespace;
  return isOurs && value !== undefined && uuid.test(value) ? `urn:uuid:${value.toLowerCase()}` : undefined;
}

function systemOf(universal: string | undefined, type: string | undefined): string | undefined {
  if (universal === undefined) return undefined;
  if (type === 'ISO' && /^\d+(\.\d+)+$/.test(universal)) return `urn:oid:${universal}`;
  if ((type === 'GUID' || type === 'UUID') && uuid.test(universal))
    return `urn:uuid:${universal.toLowerCase()}`;
  return /^(https?:\/\/|urn:)\S+$/.test(universal) ? universal : undefined;
}
