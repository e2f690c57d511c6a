// CE, CWE, IS, ID → CodeableConcept, Coding and code (v2-to-FHIR guide, CWE[CodeableConcept], CWE[Coding], CWE[code]),
// through a table of codes/. What the table does not know is kept as text.
import type { CodeableConcept, Coding, Extension } from '@medplum/fhirtypes';
import { isSnomedId } from '../../fhir/snomed.ts';
import { extensions, systems } from '../../fhir/systems.ts';
import { ethnicCategoryList, lookUp, note, originalText } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { isDeleted, textOf, valueOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** A row with `codes` and no `via`: the table's value, as a FHIR code. */
export function idCode(
  [field]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): string | null | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context);
  if (coded.state === 'deleted') return null;
  return coded.state === 'known' ? coded.value : undefined;
}

/** `cwe-codeableconcept`: the table's value in the row's system; an unknown code as text only. */
export function cweCodeableConcept(
  [field]: readonly Field[],
  context: Context,
  { codes, system }: RowOptions,
): CodeableConcept | null | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context);
  if (coded.state === 'absent') return undefined;
  if (coded.state === 'deleted') return null;
  const text = originalText(field);
  if (coded.state === 'unknown') return text === undefined ? undefined : { text };
  return coded.value === undefined ? undefined : { coding: [codingOf(coded.value, coded, system)] };
}

/** Names by which senders call SNOMED CT in CE.3 and CE.6 (HL7 table 0396). */
const snomedNames: ReadonlySet<string> = new Set(['SCT', systems.snomed]);

/**
 * `cwe-as-sent` (GOL-3): codes and their words, both triplets of a CE, without a table. A SNOMED CT id whose check digit
 * is wrong is noted and left out: mistyped, it may be another concept's.
 */
export function cweAsSent([field]: readonly Field[], context: Context): CodeableConcept | null | undefined {
  if (field === undefined) return undefined;
  if (isDeleted(field)) return null;
  const coding = [1, 4].flatMap((component): Coding[] => {
    const code = textOf(field, { component });
    const display = textOf(field, { component: component + 1 });
    if (code === undefined) return [];
    const words = display === undefined ? {} : { display };
    // Any other name in CE.3 and CE.6 is a local scheme, which is no FHIR system: the local code stands without one.
    if (!snomedNames.has(textOf(field, { component: component + 2 }) ?? '')) return [{ code, ...words }];
    if (isSnomedId(code)) return [{ system: systems.snomed, code, ...words }];
    note(context, 'code/invalid-snomed-id', whereOf(field, { component }), 'not a SNOMED CT id; not used');
    return [];
  });
  const text = [9, 2, 5].map((component) => textOf(field, { component })).find((said) => said !== undefined);
  if (coding.length === 0 && text === undefined) return undefined;
  return { ...(coding.length === 0 ? {} : { coding }), ...(text === undefined ? {} : { text }) };
}

/** `cwe-as-sent-list` (ZCP-3): the same for an element that repeats. */
export function cweAsSentList(
  fields: readonly Field[],
  context: Context,
): readonly CodeableConcept[] | null | undefined {
  const concept = cweAsSent(fields, context);
  return concept === undefined || concept === null ? concept : [concept];
}

/** `cwe-coding`: the table's value as one Coding; an unknown code as its display only. */
export function cweCoding(
  [field]: readonly Field[],
  context: Context,
  { codes, system }: RowOptions,
): Coding | null | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context);
  if (coded.state === 'deleted') return null;
  if (coded.state === 'unknown') return { display: originalText(field) ?? coded.code };
  return coded.state === 'known' && coded.value !== undefined
    ? codingOf(coded.value, coded, system)
    : undefined;
}

/** `cwe-role` (ROL-3): the sender's own code, and what it means to us. */
export function cweRole(
  [field]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): readonly CodeableConcept[] | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context, true);
  if (coded.state !== 'known' || coded.value === undefined) return undefined;
  const text = originalText(field);
  // ROL-3.3 names a local scheme (`L`, HL70443), which is no FHIR system: the local code stands without one.
  const coding: Coding[] = [{ code: coded.code }, codingOf(coded.value, coded, systems.role)];
  return [{ coding, ...(text === undefined ? {} : { text }) }];
}

/**
 * `id-confidentiality` (PD1-12, PV1-16): a v3-Confidentiality label. A code that the table does not know counts as
 * restricted (R); one that it knows to mean nothing takes the label away.
 */
export function idConfidentiality(
  [field]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): readonly Coding[] | null | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context);
  if (coded.state === 'absent') return undefined;
  if (coded.state === 'deleted') return null;
  const code = coded.state === 'unknown' ? 'R' : coded.value;
  return code === undefined ? null : [{ system: systems.confidentiality, code }];
}

/**
 * `id-confidentiality-without-visit` (PV1-16, PV1-19): the label of a visit that has no number, where it restricts. It
 * never takes one away: what marks the person (PD1-12) may stand elsewhere.
 */
export function idConfidentialityWithoutVisit(
  [marking, visit]: readonly Field[],
  context: Context,
  options: RowOptions,
): readonly Coding[] | undefined {
  if (marking === undefined || visit === undefined || textOf(visit) !== undefined) return undefined;
  const labels = idConfidentiality([marking], context, options) ?? [];
  return labels.some(({ code }) => code === 'R' || code === 'V') ? labels : undefined;
}

/** NHS Data Dictionary ETHNIC CATEGORY. Z (not stated) and 99 (not known) are different and never merged. */
const ethnicCategories: ReadonlySet<string> = new Set([
  'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'Z', '99',
]); // prettier-ignore

/** `cwe-ethnic-category` (PID-22): the UK Core extension, from the fixed NHS list. */
export function cweEthnicCategory(
  [field]: readonly Field[],
  context: Context,
): readonly Extension[] | null | undefined {
  if (field === undefined) return undefined;
  const code = valueOf(field);
  if (code === undefined || code === null) return code;
  // HL7 table 0189 uses N for "not Hispanic", which the NHS list would read as Black African.
  const foreign = textOf(field, { component: 3 })?.startsWith('HL7') === true;
  if (!foreign && ethnicCategories.has(code)) {
    return [ethnicity({ coding: [{ system: systems.ethnicCategory, code }] })];
  }
  const where = whereOf(field);
  note(context, 'code/unknown-ethnic-category', where, 'not in the NHS list of ethnic categories');
  context.unknownCodes.push({ table: ethnicCategoryList, code, where });
  return [ethnicity({ text: originalText(field) ?? code })];
}

function ethnicity(valueCodeableConcept: CodeableConcept): Extension {
  return { url: extensions.ethnicCategory, valueCodeableConcept };
}

function codingOf(
  code: string,
  entry: { readonly system: string | undefined; readonly display: string | undefined },
  system: string | undefined,
): Coding {
  const named = entry.system ?? system;
  return {
    ...(named === undefined ? {} : { system: named }),
    code,
    ...(entry.display === undefined ? {} : { display: entry.display }),
  };
}
