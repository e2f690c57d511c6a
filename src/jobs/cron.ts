// When a job is due: cron patterns, read by node-cron and worked out against the zone's own clock. node-cron's timers
// stop or skip on the nights when the clocks change, so they only wake us; which run is due is told here, from a moment
// that is passed in.
import { validateDetailed } from 'node-cron';
import { BridgeError } from '../errors.ts';
import { localDate } from '../time.ts';
import { offsetsOfLocal } from '../zone.ts';

/** Zones that a schedule may be kept in: the trust's wall clock, or the one that never changes, for intervals. */
export const scheduleZones = ['Europe/London', 'Etc/UTC'] as const;
export type ScheduleZone = (typeof scheduleZones)[number];

export interface Schedule {
  readonly zone: ScheduleZone;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** A day is due when all three match it, as node-cron has it: day of month AND day of week. */
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** 29 February of a given day of the week comes once in 28 years, and not in every century. */
const farthestDays = 41 * 366;

/**
 * The schedule of a pattern of five fields, or what is wrong with it, in words. Refused in Europe/London: any time
 * between 01:00 and 01:59, which does not exist on one night of March and comes twice on one of October.
 */
export function readSchedule(
  pattern: string,
  zone: ScheduleZone,
): { readonly schedule: Schedule } | { readonly fault: string } {
  if (pattern.trim().split(/\s+/).length !== 5) {
    return { fault: 'a schedule has five fields: minute, hour, day of month, month, day of week' };
  }
  const { valid, fields, errors } = validateDetailed(pattern);
  if (!valid || fields === undefined) {
    return { fault: `not a cron schedule: ${errors.map(({ field, message }) => `${field}: ${message}`).join('; ')}` }; // prettier-ignore
  }
  const { dayOfMonth, dayOfWeek } = fields;
  if (!dayOfMonth.every(isNumber) || !dayOfWeek.every(isNumber)) {
    return { fault: 'L, W and # are not understood here: name the days by their numbers' };
  }
  if (zone === 'Europe/London' && fields.hour.includes(1)) {
    return {
      fault:
        'between 01:00 and 01:59 a time is skipped in March and comes twice in October: choose another hour, or zone: Etc/UTC for an interval',
    };
  }
  const schedule: Schedule = {
    zone,
    minutes: fields.minute,
    hours: fields.hour,
    daysOfMonth: dayOfMonth,
    months: fields.month,
    daysOfWeek: dayOfWeek,
  };
  return { schedule };
}

/** The latest time at or before `now` at which a run was due. */
export function latestDue(schedule: Schedule, now: Date): Date {
  const today = Date.parse(`${localDate(now, schedule.zone)}T00:00:00Z`);
  for (let back = 0; back < farthestDays; back += 1) {
    const midnight = today - back * day;
    const found = isDueDay(schedule, new Date(midnight)) ? latestOfDay(schedule, midnight, now) : undefined;
    if (found !== undefined) return found;
  }
  // node-cron refuses days that no month has.
  throw new BridgeError('internal/schedule', 'no day matches a schedule that was accepted');
}

/** How many runs were due after `after` and before `before`; counts at most `limit`. */
export function duesBetween(schedule: Schedule, after: Date, before: Date, limit: number): number {
  let count = 0;
  let due = latestDue(schedule, new Date(before.getTime() - 1));
  while (due > after && count < limit) {
    count += 1;
    due = latestDue(schedule, new Date(due.getTime() - 1));
  }
  return count;
}

/** `midnight` and the times made from it are local clock times, written as if they were UTC. */
function latestOfDay({ hours, minutes, zone }: Schedule, midnight: number, now: Date): Date | undefined {
  const instants = hours.flatMap((hour) =>
    minutes.map((at) => {
      const wall = midnight + (hour * 60 + at) * minute;
      return wall - offsetsOfLocal(wall, zone).offset * minute;
    }),
  );
  const past = instants.filter((instant) => instant <= now.getTime());
  return past.length === 0 ? undefined : new Date(Math.max(...past));
}

function isDueDay({ months, daysOfMonth, daysOfWeek }: Schedule, local: Date): boolean {
  return (
    months.includes(local.getUTCMonth() + 1) &&
    daysOfMonth.includes(local.getUTCDate()) &&
    daysOfWeek.includes(local.getUTCDay())
  );
}

function isNumber(field: number | string): field is number {
  return typeof field === 'number';
}
