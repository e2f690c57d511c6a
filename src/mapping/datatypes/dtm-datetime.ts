// DTM, TS → date and dateTime (v2-to-FHIR guide, TS[dateTime] and DTM[dateTime]), with what follows from a date having
// passed. A timestamp that cannot be read is a finding on its field; the rest of the message is used (R9).
import { BridgeError } from '../../errors.ts';
import { before, earliestInstant, fromHl7Time, localDate } from '../../time.ts';
import { note } from '../conversion.ts';
import type { Context } from '../conversion.ts';
import { isDeleted, repetitionsOf, textOf, valueOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';

/** A timestamp in FHIR form; `quiet` where another row reads the same field and notes what is wrong with it. */
function readTime(field: Field, context: Context, quiet = false): string | null | undefined {
  const text = valueOf(field);
  if (text === undefined || text === null) return text;
  try {
    const { fhir, doubtful } = fromHl7Time(text, context.zone);
    if (doubtful !== undefined && !quiet) {
      const what =
        doubtful === 'repeated-hour' ? 'this local hour happened twice' : 'this local hour never was';
      note(context, `type/${doubtful}`, whereOf(field), `${what}; an offset would tell`);
    }
    return fhir;
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (!quiet) note(context, error.kind, whereOf(field), error.message);
    return undefined;
  }
}

/** `dtm-datetime`. */
export function dtmDateTime([field]: readonly Field[], context: Context): string | null | undefined {
  return field === undefined ? undefined : readTime(field, context);
}

/** `dtm-date` (GOL-7): the calendar day as written, as precise as it was sent, for elements that hold no time. */
export function dtmDate([field]: readonly Field[], context: Context): string | null | undefined {
  const time = field === undefined ? undefined : readTime(field, context);
  return typeof time === 'string' ? time.slice(0, 10) : time;
}

/** `dtm-as-sent`: the text of a readable timestamp, for ids that must not depend on how we write times. */
export function dtmAsSent([field]: readonly Field[], context: Context): string | undefined {
  if (field === undefined || typeof readTime(field, context, true) !== 'string') return undefined;
  return textOf(field);
}

/**
 * `dtm-birthdate` (PID-7, PID-32): the calendar day as written, as precise as it was sent. Not used where PID-32
 * says that it is unknown (UD), or where it lies after the message.
 */
export function dtmBirthDate(fields: readonly Field[], context: Context): string | null | undefined {
  const [field, reliability] = fields;
  if (field === undefined) return undefined;
  const time = readTime(field, context);
  if (typeof time !== 'string') return time;
  const unknown =
    reliability !== undefined &&
    repetitionsOf(reliability).some(
      (repetition) => textOf(reliability, { repetition, component: 1 }) === 'UD',
    );
  if (unknown) {
    note(
      context,
      'field/unknown-birth-date',
      whereOf(field),
      'PID-32 says that this date is not known; not used',
    );
    return undefined;
  }
  const date = time.slice(0, 10);
  if (before(localDate(context.receivedAt, context.zone), date) !== true) return date;
  note(context, 'field/future-time', whereOf(field), 'lies in the future; not used');
  return undefined;
}

/** Whether an end was sent, can be read, and has passed when the message came. */
export function hasPassed(field: Field, context: Context, quiet: boolean): boolean {
  const time = readTime(field, context, true);
  if (typeof time !== 'string') return false;
  if (earliestInstant(time, context.zone) <= context.receivedAt.getTime()) return true;
  if (!quiet)
    note(context, 'field/future-time', whereOf(field), 'this end lies in the future; not ended yet');
  return false;
}

/** `dtm-finished`: `finished` once the end has passed, else nothing. */
export function dtmFinished([field]: readonly Field[], context: Context): 'finished' | undefined {
  return field !== undefined && hasPassed(field, context, false) ? 'finished' : undefined;
}

/** One of `deceasedDateTime` and `deceasedBoolean`, as the row's target `deceased[x]` asks. */
export interface Choice {
  readonly element: string;
  readonly value: unknown;
}

/**
 * `dtm-id-deceased` (PID-29, PID-30): the date where there is one, else the indicator (guide: PID-30 counts IF
 * PID-29 NOT VALUED). A death date beside "not dead" or in the future is noted; it counts, as nothing may be written to
 * the dead.
 */
export function dtmIdDeceased(fields: readonly Field[], context: Context): Choice | null | undefined {
  const [date, indicator] = fields;
  if (date === undefined || indicator === undefined) return undefined;
  const time = readTime(date, context);
  const said = valueOf(indicator);
  if (typeof time === 'string') {
    if (said === 'N')
      note(context, 'field/contradiction', whereOf(indicator), 'not dead, but with a date of death');
    if (earliestInstant(time, context.zone) > context.receivedAt.getTime()) {
      note(context, 'field/future-time', whereOf(date), 'this date of death lies in the future; it counts');
    }
    return { element: 'deceasedDateTime', value: time };
  }
  if (said === 'Y' || said === 'N') return { element: 'deceasedBoolean', value: said === 'Y' };
  if (typeof said === 'string') {
    note(context, 'code/unknown-yes-no', whereOf(indicator), 'neither Y nor N');
    return undefined;
  }
  return said === null || isDeleted(date) ? null : undefined;
}
