// One field of one segment, as conversions read it: three-valued, trimmed, with the place for findings.
import { countFields, countRepetitions, placeOf, readText, readValue } from '../hl7v2/message.ts';
import type { Segment, Value } from '../hl7v2/message.ts';
import type { FieldPart } from '../hl7v2/place.ts';
import { mayChangeIdentity } from './events.ts';

export interface Field {
  readonly segment: Segment;
  readonly number: number;
  /** The component that the mapping row names; the first where it names none. */
  readonly component: number | undefined;
  /** Set where a resource is made of one repetition only (ROL-4). */
  readonly repetition: number | undefined;
  /** Sent empty by a feed whose empty fields mean "delete this": it reads as `""`. */
  readonly emptied?: boolean;
}

/** What a feed's empty fields mean: nothing (HL7 v2.5.1 §2.5.3.1, the default), or the same as `""`. */
export type EmptyMeans = 'absent' | 'delete';

/** Who somebody is never goes away because a field is empty. */
const identityFields: ReadonlySet<string> = new Set(['PID-3', 'MRG-1']);

/**
 * The field as its feed means it. Empty means delete only for a field that was sent, up to the last one of its
 * segment: what follows that, and a segment that is not there, were not sent at all. Nor is a PID that only names.
 */
export function asMeant(field: Field, emptyMeans: EmptyMeans): Field {
  if (emptyMeans === 'absent') return field;
  const { segment, number } = field;
  if (onlyNames(segment)) return field;
  if (identityFields.has(`${segment.name}-${number}`) || number > countFields(segment)) return field;
  const text = readText(segment, number);
  return text === undefined || text?.trim() === '' ? { ...field, emptied: true } : field;
}

/**
 * Whether a PID or PD1 only says who is meant: in a merge or a move, and in any message that is no ADT, senders fill in
 * what they need for that (HL7 v2.5.1 §3.3.40), and somebody's death must not go by what they leave out.
 */
function onlyNames({ name, message }: Segment): boolean {
  const { messageCode, triggerEvent } = message.header;
  return (name === 'PID' || name === 'PD1') && (messageCode !== 'ADT' || mayChangeIdentity(triggerEvent));
}

interface Part {
  readonly component?: number;
  readonly repetition?: number;
  readonly subcomponent?: number;
}

/** A component: undefined not sent (or only blanks), null to be deleted, else its text without outer blanks. */
export function valueOf(field: Field, part: Part = {}): Value {
  if (field.emptied === true) return null;
  // Read for every field of every message: one plain object, no spreading.
  const value = readValue(field.segment, {
    field: field.number,
    component: part.component ?? field.component ?? 1,
    repetition: part.repetition ?? field.repetition ?? 1,
    subcomponent: part.subcomponent ?? 1,
  });
  if (typeof value !== 'string') return value;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/** A component where delete and absent mean the same: its text or undefined. */
export function textOf(field: Field, part: Part = {}): string | undefined {
  return valueOf(field, part) ?? undefined;
}

/** The repetitions to read, from 1; empty where the field was not sent. */
export function repetitionsOf(field: Field): readonly number[] {
  if (field.repetition !== undefined) return [field.repetition];
  if (field.emptied === true) return [1];
  const count = countRepetitions(field.segment, field.number);
  return firstNumbers[count] ?? Array.from({ length: count }, (_, index) => index + 1);
}

/** The lists for the counts that nearly every field has. */
const firstNumbers: readonly (readonly number[])[] = [[], [1], [1, 2], [1, 2, 3]];

/** Whether the whole field was sent as `""`: what it held is to be deleted. */
export function isDeleted(field: Field): boolean {
  if (field.emptied === true) return true;
  const count = countRepetitions(field.segment, field.number);
  return count === 1 && [1, 2, 3, 4, 5].every((component) => valueOf(field, { component }) === null);
}

/** `PID-3[2].1`; the repetition is told where there is more than one. */
export function whereOf(field: Field, part?: Part): string {
  if (part === undefined) {
    const { number, component, repetition } = field;
    return placeOf(field.segment, {
      field: number,
      ...(component === undefined ? {} : { component }),
      ...(repetition === undefined || repetition === 1 ? {} : { repetition }),
    });
  }
  const repeats = countRepetitions(field.segment, field.number) > 1;
  const { repetition, ...whole } = partOf(field, part);
  return placeOf(field.segment, repeats && repetition !== undefined ? { ...whole, repetition } : whole);
}

function partOf(field: Field, part: Part): FieldPart {
  const component = part.component ?? field.component;
  const repetition = part.repetition ?? field.repetition;
  return {
    field: field.number,
    ...(component === undefined ? {} : { component }),
    ...(repetition === undefined ? {} : { repetition }),
    ...(part.subcomponent === undefined ? {} : { subcomponent: part.subcomponent }),
  };
}
