// SCH-11 (TQ), TQ1 and the times of AIS, AIG, AIL and AIP → Appointment.start and end (v2-to-FHIR guide, TQ[Appointment]
// and SCH[Appointment]; HL7 v2.5.1 §10.6.1), and which appointment it is. FHIR wants a time of day, and an end beside
// every start (R4 appointment.html, app-2).
import { before } from '../../time.ts';
import { lookUp, note } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { textOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';
import { dtmDateTime } from './dtm-datetime.ts';
import { eiKey } from './ei-identifier.ts';

/** `appointment-key` (SCH-2): the filler's number, else the placer's (SCH-1); whose it is stands before it. */
export function appointmentKey([filler]: readonly Field[], context: Context): string | undefined {
  if (filler === undefined || filler.segment.name !== 'SCH') return undefined;
  const ofFiller = eiKey([filler], context);
  if (ofFiller !== undefined) return `filler/${ofFiller}`;
  const ofPlacer = eiKey([{ ...filler, number: 1 }], context);
  return ofPlacer === undefined ? undefined : `placer/${ofPlacer}`;
}

/**
 * `appointment-start` (SCH-11.4, SCH-11.5, SCH-9, SCH-10, TQ1-7, TQ1-8, then time, duration and unit of AIS, AIG, AIL, AIP): the
 * first of these times that can be read.
 */
export function appointmentStart(
  fields: readonly Field[],
  context: Context,
  options: RowOptions,
): string | undefined {
  return timesOf(fields, context, options)?.start;
}

/** `appointment-end`: the end that stands beside that start, or the start and its duration. */
export function appointmentEnd(
  fields: readonly Field[],
  context: Context,
  options: RowOptions,
): string | undefined {
  return timesOf(fields, context, options)?.end;
}

interface Times {
  readonly start: string;
  readonly end: string;
}

/** One way in which a message says when: a start, and an end or a duration with its unit. */
interface Source {
  readonly start: Field | undefined;
  readonly end?: Field | undefined;
  readonly duration: Field | undefined;
  readonly unit: Field | undefined;
}

function timesOf(fields: readonly Field[], context: Context, options: RowOptions): Times | undefined {
  for (const source of sourcesOf(fields)) {
    const start = instantOf(source.start, context);
    if (start === undefined || source.start === undefined) continue;
    const stated = instantOf(source.end, context);
    if (stated !== undefined && before(stated, start) !== true) return { start, end: stated };
    if (stated !== undefined && source.end !== undefined) {
      note(context, 'field/contradiction', whereOf(source.end), 'this end lies before the start; not used');
    }
    const seconds = secondsOf(source, context, options);
    if (seconds !== undefined) return { start, end: after(start, seconds) };
    const told = 'nothing tells how long it is; its end is written as its start';
    note(context, 'field/unknown-length', whereOf(source.start), told);
    return { start, end: start };
  }
  return undefined;
}

function sourcesOf(fields: readonly Field[]): Source[] {
  const [start, end, length, lengthUnit, tq1Start, tq1End, ...resources] = fields;
  const whole = { duration: length, unit: lengthUnit };
  const sources: Source[] = [
    { start, end, ...whole },
    { start: tq1Start, end: tq1End, ...whole },
  ];
  for (let index = 0; index + 2 < resources.length; index += 3) {
    const [from, duration, unit] = resources.slice(index, index + 3);
    const own = duration !== undefined && textOf(duration) !== undefined;
    sources.push({ start: from, ...(own ? { duration, unit } : whole) });
  }
  return sources;
}

function instantOf(field: Field | undefined, context: Context): string | undefined {
  const time = field === undefined ? undefined : dtmDateTime([field], context);
  if (field === undefined || typeof time !== 'string') return undefined;
  if (time.includes('T')) return time;
  note(context, 'type/day-without-time', whereOf(field), 'an appointment needs a time of day; not used');
  return undefined;
}

const secondsIn = new Map([
  ['s', 1],
  ['min', 60],
  ['h', 3600],
  ['d', 86_400],
]);
/** Units (UCUM) in which a table may say how long something is. */
export const units: readonly string[] = [...secondsIn.keys()];
const longestSeconds = 366 * 86_400;

/** A duration in a unit that the table knows (UCUM s, min, h, d); no unit is none. */
function secondsOf(source: Source, context: Context, { codes }: RowOptions): number | undefined {
  const { duration, unit } = source;
  const text = duration === undefined ? undefined : textOf(duration);
  if (duration === undefined || unit === undefined || codes === undefined || text === undefined) {
    return undefined;
  }
  const coded = lookUp(unit, codes, context);
  const factor = coded.state === 'known' ? secondsIn.get(coded.value ?? '') : undefined;
  if (factor === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * factor : Number.NaN;
  if (seconds <= longestSeconds) return seconds;
  note(context, 'type/number', whereOf(duration), 'no duration that an appointment can have; not used');
  return undefined;
}

/** A moment so many seconds later, in the same offset. */
function after(start: string, seconds: number): string {
  const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(start)?.[0] ?? 'Z';
  const sign = offset.startsWith('-') ? -1 : 1;
  const [hours = 0, minutes = 0] = offset === 'Z' ? [] : offset.slice(1).split(':').map(Number);
  const local = Date.parse(start) + sign * (hours * 60 + minutes) * 60_000 + seconds * 1000;
  return new Date(local).toISOString().slice(0, 19) + offset;
}
