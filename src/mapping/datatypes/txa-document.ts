// TXA → what a DocumentReference needs beyond the common types (HL7 v2.5.1 §9.6.1; v2-to-FHIR guide,
// TXA[DocumentReference]): when it was written, how it relates to another one, how confidential it is. Never its content.
import type {
  CodeableConcept,
  DocumentReferenceContent,
  DocumentReferenceContext,
  DocumentReferenceRelatesTo,
} from '@medplum/fhirtypes';
import { systems } from '../../fhir/systems.ts';
import { lookUp } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { textOf } from '../field.ts';
import type { Field } from '../field.ts';
import { dtmDateTime } from './dtm-datetime.ts';
import { identifierOf } from './ei-identifier.ts';

/**
 * `txa-content` (TXA-3, TXA-2): FHIR asks for an attachment; it says of what type the document is, and holds nothing of
 * it. `codes` gives the MIME type of TXA-3.
 */
export function txaContent(
  [presentation, type]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): readonly DocumentReferenceContent[] | undefined {
  if (presentation === undefined || type === undefined || codes === undefined) return undefined;
  const shown = lookUp(presentation, codes, context);
  const contentType = shown.state === 'known' ? shown.value : undefined;
  const title = textOf(type, { component: 2 }) ?? textOf(type);
  if (contentType === undefined && title === undefined) return undefined;
  return [
    {
      attachment: {
        ...(contentType === undefined ? {} : { contentType }),
        ...(title === undefined ? {} : { title }),
      },
    },
  ];
}

/** `dtm-instant` (TXA-6): FHIR's `date` is an instant, so that a day without a time is not one (guide: TXA-6). */
export function dtmInstant(fields: readonly Field[], context: Context): string | null | undefined {
  const time = dtmDateTime(fields, context);
  return typeof time === 'string' && !time.includes('T') ? undefined : time;
}

/** `txa-period` (TXA-4, TXA-6): the day or time of what the document is about, else the day on which it was written. */
export function txaPeriod(
  [activity, origination]: readonly Field[],
  context: Context,
): DocumentReferenceContext | null | undefined {
  if (activity === undefined || origination === undefined) return undefined;
  const done = dtmDateTime([activity], context);
  if (typeof done === 'string') return { period: { start: done } };
  const written = dtmDateTime([origination], context);
  if (typeof written === 'string') return { period: { start: written.slice(0, 10) } };
  return done;
}

/** `ei-replaces` (TXA-13 of a T10): the document whose place this one takes. */
export function eiReplaces(
  fields: readonly Field[],
  context: Context,
): DocumentReferenceRelatesTo[] | undefined {
  return related('replaces', fields, context);
}

/** `ei-appends` (TXA-13 of a T06): the document that this one is an addendum to. */
export function eiAppends(
  fields: readonly Field[],
  context: Context,
): DocumentReferenceRelatesTo[] | undefined {
  return related('appends', fields, context);
}

function related(
  code: 'replaces' | 'appends',
  [field]: readonly Field[],
  context: Context,
): DocumentReferenceRelatesTo[] | undefined {
  const identifier = field === undefined ? undefined : identifierOf(field, context);
  return identifier === undefined ? undefined : [{ code, target: { type: 'DocumentReference', identifier } }];
}

/** `id-security-label` (TXA-18): as v3-Confidentiality; a code that the table does not know counts as restricted (R). */
export function idSecurityLabel(
  [field]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): readonly CodeableConcept[] | null | undefined {
  if (field === undefined || codes === undefined) return undefined;
  const coded = lookUp(field, codes, context);
  if (coded.state === 'absent') return undefined;
  if (coded.state === 'deleted') return null;
  const code = coded.state === 'unknown' ? 'R' : coded.value;
  return code === undefined ? null : [{ coding: [{ system: systems.confidentiality, code }] }];
}
