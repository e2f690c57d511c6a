// The row language of `fhir-to-hl7v2/<message>.yaml`, as a zod schema: from a FHIR element, or a value that the message
// itself has, through a named conversion, to a field. As on the way in, rows are data and there is no condition
// language: what is not known leaves its field empty, and what a message must have is marked `required`.
import { z } from 'zod';
import type { Names } from '../schema.ts';

/** What is done to a note at the receiver; each is a trigger event of its own there. */
const noteActs = ['new', 'addendum', 'edit', 'replacement', 'cancellation'] as const;
export type NoteAct = (typeof noteActs)[number];

/** Everything that can be told in HL7v2: what is done to a note, and that somebody is referred. */
export const outboundActs = [...noteActs, 'referral'] as const;
export type OutboundAct = (typeof outboundActs)[number];

/** What a message has of its own, whatever it is about. */
const messageValues = [
  'message.sendingApplication', 'message.sendingFacility', 'message.receivingApplication', 'message.receivingFacility',
  'message.time', 'message.event', 'message.controlId', 'message.processingId', 'message.version',
  'message.acceptAcknowledgement', 'message.applicationAcknowledgement',
] as const; // prettier-ignore
export type MessageValue = (typeof messageValues)[number];

const target = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2}-[1-9]\d*(\.[1-9]\d*)?$/, 'a place is written as TXA-12 or TXA-12.1')
  .refine((place) => !/^MSH-[12](\.|$)/.test(place), 'MSH-1 and MSH-2 are always the standard separators');
const source = z
  .string()
  .refine(
    (from) =>
      messageValues.some((value) => value === from) ||
      /^(Patient|DocumentReference|ServiceRequest)(\.[a-z][A-Za-z]*)+$/.test(from),
    `must be an element (Patient.birthDate, DocumentReference.context.period.start) or one of ${messageValues.join(', ')}`,
  );
const triggerEvent = z.string().regex(/^[A-Z]\d{2}$/, 'a trigger event is a capital and two digits (T02)');

/** Schema of one outbound message file. */
export function outboundSchema(names: Names) {
  const row = z
    .strictObject({
      to: target,
      from: source.optional(),
      value: z.string().min(1).optional(),
      via: z.enum(names.conversions).optional(),
      codes: z.enum(names.tables).optional(),
      /** Only codings of this system are looked up in `codes`. */
      system: z.string().optional(),
      /** EI.2 of a number of ours. */
      namespace: z.string().max(20).optional(),
      /** Nothing is sent where this field would stay empty. */
      required: z.boolean().default(false),
      guide: z.string().optional(),
      own: z.string().optional(),
    })
    .refine(
      (given) => (given.from === undefined) !== (given.value === undefined),
      'needs either from or value',
    )
    .refine(
      (given) => given.guide !== undefined || given.own !== undefined,
      'needs guide (its row) or own (why)',
    );

  return z
    .strictObject({
      message: z.enum(['MDM', 'REF']),
      structure: z.string().regex(/^[A-Z]{3}_[A-Z]\d{2}$/, 'a structure is written as MDM_T02'),
      /** Which of our acts this message tells, and by which trigger event. */
      events: z
        .partialRecord(z.enum(outboundActs), triggerEvent)
        .refine((events) => Object.keys(events).length > 0, `needs one of ${outboundActs.join(', ')}`),
      guide: z.string().optional(),
      segments: z
        .array(
          z.strictObject({
            segment: z
              .string()
              .regex(/^[A-Z][A-Z0-9]{2}$/, 'a segment name is three capitals or digits (TXA)'),
            rows: z.array(row).min(1),
          }),
        )
        .min(1),
    })
    .superRefine((file, context) => {
      if (file.segments[0]?.segment !== 'MSH') {
        context.addIssue({ code: 'custom', path: ['segments', 0, 'segment'], message: 'must be MSH' });
      }
      file.segments.forEach(({ segment, rows }, at) => {
        rows.forEach(({ to }, index) => {
          if (to.startsWith(`${segment}-`)) return;
          const path = ['segments', at, 'rows', index, 'to'];
          context.addIssue({ code: 'custom', path, message: `is no field of ${segment}` });
        });
      });
    });
}

export type OutboundFile = z.output<ReturnType<typeof outboundSchema>>;
export type OutboundRow = OutboundFile['segments'][number]['rows'][number];
