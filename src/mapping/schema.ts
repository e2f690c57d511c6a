// The row language of mapping files, as zod schemas: what stands in `hl7v2-to-fhir/segments`, `…/groups` and
// `…/messages`. Rows are data: from a field, through a named conversion or a code table, to an element. There
// is no condition language; what a row cannot say is a conversion.
import { z } from 'zod';
import { elementType } from '../fhir/elements.ts';
import { identitySchema } from './identity-schema.ts';
import { partFault, rowFaults } from './row-check.ts';

/** Names that rows may refer to; anything else is refused with the list of what is allowed. */
export interface Names {
  readonly conversions: readonly string[];
  readonly tables: readonly string[];
}

const segmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2}$/, 'a segment name is three capitals or digits (PID)');
const place = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2}-[1-9]\d*(\.[1-9]\d*)?$/, 'a place is written as PID-3 or PID-3.1');
const element = z
  .string()
  .regex(
    /^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)?(\[x\])?$/,
    'an element is written as name, period.start or deceased[x]',
  );

const resourceTypes = [
  'Patient', 'Encounter', 'EpisodeOfCare', 'PractitionerRole', 'Observation', 'CarePlan', 'Goal', 'ServiceRequest',
  'DocumentReference', 'Appointment',
] as const; // prettier-ignore

/** Schema of a segment file: one segment, one resource type. */
export function segmentSchema(names: Names) {
  const table = z.enum(names.tables);
  const conversion = z.enum(names.conversions);
  const choose = z.enum(['use', 'skip']);

  const row = z
    .strictObject({
      from: z.union([place, z.array(place).min(1)]).optional(),
      value: z.json().optional(),
      to: element,
      via: conversion.optional(),
      codes: table.optional(),
      system: z.string().optional(),
      guide: z.string().optional(),
      own: z.string().optional(),
      /** The message only implies it: what the record holds for certain stands. */
      assumed: z.literal(true).optional(),
    })
    .refine(
      (given) => (given.from === undefined) !== (given.value === undefined),
      'needs either from or value',
    )
    .refine(
      (given) => given.guide !== undefined || given.own !== undefined,
      'needs guide (its row) or own (why)',
    )
    .refine(
      (given) => given.from === undefined || given.via !== undefined || given.codes !== undefined,
      'needs via (a conversion) or codes (a table)',
    );

  const selector = z
    .strictObject({
      from: place,
      in: z.union([z.array(z.string()).min(1), z.literal('work-question')]).optional(),
      codes: table.optional(),
      absent: choose.default('skip'),
      unknown: choose.default('skip'),
    })
    .refine((given) => (given.in === undefined) !== (given.codes === undefined), 'needs either in or codes');

  const part = z
    .strictObject({
      value: z.string().optional(),
      from: place.optional(),
      codes: table.optional(),
      via: conversion.optional(),
      otherwise: z.string().optional(),
    })
    .refine(
      (given) => (given.from === undefined) !== (given.value === undefined),
      'needs either from or value',
    );

  return z
    .strictObject({
      segment: segmentName,
      resource: z.enum(resourceTypes),
      guide: z.string().optional(),
      /** Other segments that rows may read: the nearest of that name before this one, else the first after it. */
      with: z.array(segmentName).default([]),
      /** One resource for each repetition of this field. */
      each: place.optional(),
      /** Only segments that pass all of these. */
      only: z.array(selector).default([]),
      /** The element that refers to the person. */
      person: element.optional(),
      /** What makes it the same thing next time: the person, or parts joined by `/`. */
      sourceId: z.union([z.literal('person'), z.array(part).min(1)]),
      rows: z.array(row).min(1),
    })
    .superRefine((file, context) => {
      const readable = new Set([file.segment, ...file.with]);
      const wrong = (path: PropertyKey[], message: string): void => {
        context.addIssue({ code: 'custom', path, message });
      };
      const foreign = (path: PropertyKey[], from: string | undefined): void => {
        if (from === undefined || readable.has(from.slice(0, 3))) return;
        wrong(path, `is no field of ${[...readable].join(' or ')}`);
      };
      file.rows.forEach((given, index) => {
        [given.from ?? []].flat().forEach((from) => foreign(['rows', index, 'from'], from));
        for (const { key, message } of rowFaults(file.resource, given)) wrong(['rows', index, key], message);
      });
      if (file.person !== undefined && elementType(file.resource, file.person) !== 'Reference') {
        wrong(['person'], `is no reference of ${file.resource}`);
      }
      // By it the record knows whose Patient this is.
      if (file.resource === 'Patient' && file.sourceId !== 'person') {
        wrong(['sourceId'], 'of a Patient is person');
      }
      file.only.forEach((given, index) => foreign(['only', index, 'from'], given.from));
      if (file.sourceId !== 'person') {
        file.sourceId.forEach((given, index) => {
          foreign(['sourceId', index, 'from'], given.from);
          const fault = partFault(given.via);
          if (fault !== undefined) wrong(['sourceId', index, 'via'], fault);
        });
      }
      if (file.each !== undefined && !file.each.startsWith(`${file.segment}-`)) {
        wrong(['each'], `is no field of ${file.segment}`);
      }
    });
}

/** The segments of a message or of a group that several messages share, and the map that each goes through. */
function segmentList(maps: readonly string[]) {
  return z.array(
    z.strictObject({
      segment: segmentName,
      map: z.enum(maps),
      /** Only before the first of these: what follows them belongs to their group. */
      before: z.array(segmentName).default([]),
      /** The segments of a message are all there are: whatever a later message leaves out has left the list. */
      list: z.literal('whole').optional(),
      guide: z.string().optional(),
      own: z.string().optional(),
    }),
  );
}

/** Schema of a group file: segments that several message structures read in the same way. */
export function groupSchema(maps: readonly string[]) {
  return z.strictObject({ group: z.string(), segments: segmentList(maps) });
}

/** Schema of a message file: one HL7v2 message structure, and the events that use it so. */
export function messageSchema(maps: readonly string[], groups: readonly string[]) {
  return z
    .strictObject({
      structure: z.string(),
      guide: z.string().optional(),
      type: z.string().regex(/^[A-Z]{3}$/, 'a message type is three capitals (ADT)'),
      events: z.array(z.string().regex(/^[A-Z][A-Z\d]\d$/)).min(1),
      /** Each of these segments begins another person's group (PID in ADT_A39). Without it there is one person. */
      repeats: segmentName.optional(),
      /** Whether it may name nobody (a slot in a diary): it is then deliberately unused. */
      person: z.enum(['required', 'optional']).default('required'),
      /** What it changes of who is who. */
      identity: identitySchema.optional(),
      /** Groups that are read first, in this order. */
      include: z.array(z.enum(groups)).default([]),
      segments: segmentList(maps).default([]),
    })
    .refine(
      (file) => file.include.length + file.segments.length > 0 || file.identity !== undefined,
      'needs include, segments or identity',
    );
}

export type SegmentFile = z.output<ReturnType<typeof segmentSchema>>;
export type GroupFile = z.output<ReturnType<typeof groupSchema>>;
export type MessageFile = z.output<ReturnType<typeof messageSchema>>;
