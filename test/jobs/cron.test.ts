// When runs are due, over the nights on which the clocks change and over downtime; and which schedules are refused.
import { describe, expect, it } from '@jest/globals';
import { duesBetween, latestDue, readSchedule } from '../../src/jobs/cron.ts';
import type { Schedule, ScheduleZone } from '../../src/jobs/cron.ts';
import { jobsSettings } from '../../src/jobs/settings.ts';

function scheduleOf(pattern: string, zone: ScheduleZone = 'Europe/London'): Schedule {
  const read = readSchedule(pattern, zone);
  if ('fault' in read) throw new Error(read.fault);
  return read.schedule;
}

/** Every due time that somebody sees who looks once a minute from `from` to `to`. */
function seen(schedule: Schedule, from: string, to: string): string[] {
  const times = new Set<string>();
  for (let now = Date.parse(from); now <= Date.parse(to); now += 60_000) {
    const due = latestDue(schedule, new Date(now));
    if (due.getTime() >= Date.parse(from)) times.add(due.toISOString());
  }
  return [...times];
}

describe('a schedule', () => {
  it('R48 a nightly job is due once on 29 March 2026, before and after the clocks go forward', () => {
    const around = ['2026-03-28T00:00:00Z', '2026-03-30T23:59:00Z'] as const;
    expect(seen(scheduleOf('30 6 * * *'), ...around)).toEqual([
      '2026-03-28T06:30:00.000Z', '2026-03-29T05:30:00.000Z', '2026-03-30T05:30:00.000Z',
    ]); // prettier-ignore
    expect(seen(scheduleOf('0 2 * * *'), ...around)).toEqual([
      '2026-03-28T02:00:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T01:00:00.000Z',
    ]); // prettier-ignore
    expect(seen(scheduleOf('59 0 * * *'), ...around)).toEqual([
      '2026-03-28T00:59:00.000Z', '2026-03-29T00:59:00.000Z', '2026-03-29T23:59:00.000Z', '2026-03-30T23:59:00.000Z',
    ]); // prettier-ignore
  });

  it('R48 a nightly job is due once on 25 October 2026, when the hour from one to two comes twice', () => {
    const around = ['2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'] as const;
    expect(seen(scheduleOf('30 6 * * *'), ...around)).toEqual([
      '2026-10-25T06:30:00.000Z', '2026-10-26T06:30:00.000Z',
    ]); // prettier-ignore
    expect(seen(scheduleOf('0 2 * * *'), ...around)).toEqual([
      '2026-10-25T02:00:00.000Z', '2026-10-26T02:00:00.000Z',
    ]); // prettier-ignore
    expect(seen(scheduleOf('59 0 * * *'), ...around)).toEqual([
      '2026-10-24T23:59:00.000Z', '2026-10-26T00:59:00.000Z',
    ]); // prettier-ignore
  });

  it('R48 an interval in Etc/UTC is due every quarter of an hour through both nights', () => {
    const quarters = scheduleOf('*/15 * * * *', 'Etc/UTC');
    expect(seen(quarters, '2026-03-29T00:00:00Z', '2026-03-29T03:59:00Z')).toHaveLength(16);
    expect(seen(quarters, '2026-10-25T00:00:00Z', '2026-10-25T03:59:00Z')).toHaveLength(16);
  });

  it.each(['0 1 * * *', '59 1 * * 0', '*/15 * * * *', '0 0-3 * * *', '30 * * * *'])(
    'R48 %s is refused on the wall clock: one night it would not come, another it would come twice',
    (pattern) => {
      const read = readSchedule(pattern, 'Europe/London');
      expect(read).toMatchObject({ fault: expect.stringMatching(/01:00 and 01:59.*zone: Etc\/UTC/) });
      expect('schedule' in readSchedule(pattern, 'Etc/UTC')).toBe(true);
    },
  );

  it('R48 of the runs missed while the service was down the latest is due; the others are counted', () => {
    const weekly = scheduleOf('30 6 * * 1');
    const back = new Date('2026-11-04T10:00:00Z');
    expect(latestDue(weekly, back).toISOString()).toBe('2026-11-02T06:30:00.000Z');
    const lastRun = new Date('2026-10-12T05:30:00Z');
    expect(duesBetween(weekly, lastRun, new Date('2026-11-02T06:30:00Z'), 100)).toBe(2);
  });

  it('is due at its very minute, and on days that match month, day of month and day of week alike', () => {
    const weekly = scheduleOf('30 6 * * 1');
    expect(latestDue(weekly, new Date('2026-11-02T06:30:00Z')).toISOString()).toBe(
      '2026-11-02T06:30:00.000Z',
    );
    expect(latestDue(weekly, new Date('2026-11-02T06:29:59.999Z')).toISOString()).toBe(
      '2026-10-26T06:30:00.000Z',
    );
    const friday13th = scheduleOf('0 9 13 * 5', 'Etc/UTC');
    expect(latestDue(friday13th, new Date('2026-12-31T00:00:00Z')).toISOString()).toBe(
      '2026-11-13T09:00:00.000Z',
    );
  });

  it.each([
    ['0 30 6 * * 1', /five fields/],
    ['61 6 * * 1', /minute/],
    ['often', /five fields/],
    ['0 6 L * *', /L, W and #/],
    ['0 6 * * 1#2', /L, W and #/],
    ['0 6 31 2 *', /impossible day/],
  ])('%s is refused, and why is said', (pattern, fault) => {
    expect(readSchedule(pattern, 'Europe/London')).toMatchObject({ fault: expect.stringMatching(fault) });
  });
});

describe('config/jobs.yaml', () => {
  it('is off unless the trust says otherwise, weekly before the week begins, ten people to an owner', () => {
    expect(jobsSettings.parse({})).toEqual({
      'employment-goal-sweep': { mode: 'off', schedule: '30 6 * * 1', zone: 'Europe/London', perOwner: 10 },
    });
  });

  it('refuses a schedule that the clock change would break, and more than ten people to an owner', () => {
    const read = jobsSettings.safeParse({ 'employment-goal-sweep': { schedule: '15 1 * * *' } });
    expect(read.error?.issues).toMatchObject([
      {
        path: ['employment-goal-sweep', 'schedule'],
        message: expect.stringMatching(/between 01:00 and 01:59/),
      },
    ]);
    expect(jobsSettings.safeParse({ 'employment-goal-sweep': { perOwner: 11 } }).success).toBe(false);
  });
});
