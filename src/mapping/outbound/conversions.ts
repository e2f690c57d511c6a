// The conversions that an outbound row may name in `via`: from what a FHIR element holds to the content of a field.
// Each is named for both sides. What cannot be written truthfully is thrown, and then nothing is sent.
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';
import { extensions, systems } from '../../fhir/systems.ts';
import { toHl7Time } from '../../time.ts';
import type { Authorities, CodeTable } from '../codes.ts';
import { cellOfText, repetition } from './cell.ts';
import type { Cell } from './cell.ts';

export interface OutboundContext {
  /** IANA zone of the local times that we write. */
  readonly zone: string;
  readonly authorities: Authorities;
}

export interface OutboundOptions {
  /** The place, for errors: `TXA-2`. */
  readonly where: string;
  readonly codes: CodeTable | undefined;
  readonly system: string | undefined;
  readonly namespace: string | undefined;
}

/** @param values what stands at the element: none, one or several @throws BridgeError where it cannot be written */
export type OutboundConversion = (
  values: readonly unknown[],
  context: OutboundContext,
  options: OutboundOptions,
) => Cell;

const identifier = z.object({
  system: z.string().optional(),
  value: z.string(),
  extension: z
    .array(
      z.object({
        url: z.string(),
        valueCodeableConcept: z
          .object({ coding: z.array(z.object({ code: z.string().optional() })).optional() })
          .optional(),
      }),
    )
    .optional(),
});
const reference = z.object({ identifier: identifier.optional(), display: z.string().optional() });
const concept = z.object({
  coding: z
    .array(
      z.object({
        system: z.string().optional(),
        code: z.string().optional(),
        display: z.string().optional(),
      }),
    )
    .default([]),
});
const attachment = z.object({ contentType: z.string(), data: z.string() });

function each<S extends z.ZodType>(values: readonly unknown[], schema: S, where: string): z.output<S>[] {
  return values.map((value) => {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw new BridgeError('type/element', 'the element is not of the kind that its conversion reads', {
      where,
    });
  });
}

/** Without `via`: the first text, as it is. */
export const plainText: OutboundConversion = (values, _context, { where }) =>
  cellOfText(each(values, z.string(), where)[0]);

/** FHIR date, dateTime or instant → DTM (v2.5.1 §2.A.22), no more precise than it is known, local time with its offset. */
const datetimeDtm: OutboundConversion = (values, { zone }, { where }) => {
  const [text] = each(values, z.string(), where);
  if (text === undefined) return [];
  if (/^\d{4}(-\d\d){0,2}$/.test(text)) return cellOfText(text.replaceAll('-', ''));
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return cellOfText(toHl7Time(at, zone));
  throw new BridgeError('type/date', 'not a FHIR date or dateTime', { where });
};

/**
 * Identifier → CX as ITK writes it: number and assigning authority (CX.4), local numbers first, the NHS number last
 * and without CX.5.
 */
const identifiersCx: OutboundConversion = (values, { authorities }, { where }) => {
  const all = each(values, identifier, where);
  const isNhs = (one: z.output<typeof identifier>): boolean => one.system === systems.nhsNumber;
  const written = (one: z.output<typeof identifier>) => {
    const authority = authorities.authorityOf(isNhs(one) ? 'nhs' : 'person', one.system ?? '');
    if (authority !== undefined) return repetition(one.value, undefined, undefined, authority);
    const message = 'codes/assigning-authorities.csv names no authority for the system of this number';
    throw new BridgeError('identity/unknown-authority', message, { where });
  };
  return [...all.filter((one) => !isNhs(one)), ...all.filter(isNhs)].map(written);
};

/** The verification status of the NHS number → PID-32, NSTS01 to NSTS08 (ITK HL7v2). */
const identifiersNsts: OutboundConversion = (values, _context, { where }) => {
  const status = each(values, identifier, where)
    .filter(({ system }) => system === systems.nhsNumber)
    .flatMap(({ extension }) => extension ?? [])
    .find(({ url }) => url === extensions.nhsNumberVerification);
  const code = status?.valueCodeableConcept?.coding?.[0]?.code;
  return cellOfText(code === undefined ? undefined : `NSTS${code}`);
};

/** Identifier `urn:uuid:…` → EI: the UUID alone and the row's namespace; other identifiers of the same are passed over. */
const identifierEi: OutboundConversion = (values, _context, { where, namespace }) => {
  const prefix = 'urn:uuid:';
  const own = each(values, identifier, where).find(
    ({ system, value }) => system === systems.uri && value.startsWith(prefix),
  );
  return own === undefined ? [] : [repetition(own.value.slice(prefix.length), namespace)];
};

/**
 * Reference by identifier → XCN: number, the name unsplit as family name, assigning authority (XCN.9). A number whose
 * authority is not known is left out: alone it would be read as one of the receiver's own staff.
 */
const referenceXcn: OutboundConversion = (values, { authorities }, { where }) =>
  each(values, reference, where).map(({ identifier: number, display }) => {
    const authority = authorities.authorityOf('staff', number?.system ?? '');
    if (authority === undefined) return repetition(undefined, display);
    const between = Array<undefined>(6).fill(undefined);
    return repetition(number?.value, display, ...between, authority);
  });

/** Reference by identifier → PLN (v2.5.1 §2.A.53): number and authority, by its kind; left out where no table knows it. */
const referencePln: OutboundConversion = (values, { authorities }, { where }) =>
  each(values, reference, where).flatMap(({ identifier: number }) => {
    const kinds = ['staff', 'team'] as const;
    const [authority] = kinds.flatMap((kind) => authorities.authorityOf(kind, number?.system ?? '') ?? []);
    return authority === undefined ? [] : [repetition(number?.value, authority)];
  });

/** Reference → XPN: the name, unsplit, as family name. */
const referenceXpn: OutboundConversion = (values, _context, { where }) =>
  cellOfText(each(values, reference, where)[0]?.display);

/** CodeableConcept → CE: its SNOMED CT code and words, coding system SCT (table 0396). */
const codeableConceptSct: OutboundConversion = (values, _context, { where }) => {
  const codings = each(values, concept, where).flatMap(({ coding }) => coding);
  const found = codings.find(({ system, code }) => system === systems.snomed && code !== undefined);
  return found === undefined ? [] : [repetition(found.code, found.display, 'SCT')];
};

/** CodeableConcept → the local code that `codes` gives it, alone (IS). */
const codeableConceptIs: OutboundConversion = (values, _context, options) =>
  cellOfText(localCode(values, options)?.value);

/** CodeableConcept → CE: the local code of `codes`, its words, and `L`, a local coding system (table 0396). */
const codeableConceptCe: OutboundConversion = (values, _context, options) => {
  const local = localCode(values, options);
  return local === undefined ? [] : [repetition(local.value, local.display, 'L')];
};

function localCode(values: readonly unknown[], { where, codes, system }: OutboundOptions) {
  const codings = each(values, concept, where)
    .flatMap(({ coding }) => coding)
    .filter((coding) => system === undefined || coding.system === system);
  const [code] = codings.flatMap((coding) => coding.code ?? []);
  if (code === undefined) return undefined;
  const entry = codes?.entries.get(code);
  if (entry?.value !== undefined) return { value: entry.value, display: entry.display };
  const table = codes?.name ?? 'the table';
  throw new BridgeError(`code/unknown-${table}`, `codes/${table}.csv gives this code no meaning`, { where });
}

/**
 * Security labels → HL7 table 0272: V very restricted, R restricted, U usual control. The strictest counts; a label
 * that is not known counts as restricted.
 */
const securityLabelConfidentiality: OutboundConversion = (values, _context, { where }) => {
  const labels = each(values, concept, where);
  const levels = labels.map(({ coding }) => {
    const codes = coding.flatMap((one) => (one.system === systems.confidentiality ? (one.code ?? []) : []));
    if (codes.includes('V')) return 'V';
    return codes.length > 0 && codes.every((code) => ['U', 'L', 'M', 'N'].includes(code)) ? 'U' : 'R';
  });
  return cellOfText(['V', 'R'].find((level) => levels.some((found) => found === level)) ?? 'U');
};

/** Attachment `text/plain` → its text, for a field of type FT: line feeds become \.br\ when it is written. */
const attachmentFt: OutboundConversion = (values, _context, { where }) => {
  const [found] = each(values, attachment, where);
  if (found === undefined) return [];
  if (!/^text\/plain(;|$)/i.test(found.contentType)) {
    throw new BridgeError('unsupported/content-type', 'only plain text can be written as text', { where });
  }
  return cellOfText(Buffer.from(found.data, 'base64').toString('utf8'));
};

export const outboundConversions: ReadonlyMap<string, OutboundConversion> = new Map([
  ['datetime-dtm', datetimeDtm],
  ['identifiers-cx', identifiersCx],
  ['identifiers-nsts', identifiersNsts],
  ['identifier-ei', identifierEi],
  ['reference-xcn', referenceXcn],
  ['reference-pln', referencePln],
  ['reference-xpn', referenceXpn],
  ['codeableconcept-sct', codeableConceptSct],
  ['codeableconcept-is', codeableConceptIs],
  ['codeableconcept-ce', codeableConceptCe],
  ['securitylabel-confidentiality', securityLabelConfidentiality],
  ['attachment-ft', attachmentFt],
]);
