// config/jobs.yaml: which jobs run, when, and whether they make anything. A schedule that the nights of March and
// October would break is refused here, with what to do about it.
import { z } from 'zod';
import { readSchedule, scheduleZones } from './cron.ts';

const sweep = z
  .strictObject({
    mode: z
      .enum(['off', 'dry', 'live'])
      .default('off')
      .describe(
        'off: does not run; dry: decides and counts, makes nothing; live: flags. The first run of all is dry in any case',
      ),
    schedule: z
      .string()
      .default('30 6 * * 1')
      .describe('Cron: minute, hour, day of month, month, day of week. In Europe/London not between 01:00 and 01:59'), // prettier-ignore
    zone: z
      .enum(scheduleZones)
      .default('Europe/London')
      .describe('The clock that the schedule is read on; Etc/UTC for intervals'),
    perOwner: z
      .int()
      .min(1)
      .max(10, 'never more than 10 people to one owner in a week')
      .default(10)
      .describe('At most so many people, open or asked about in the last seven days, are put to one owner'),
  })
  .superRefine(({ schedule, zone }, context) => {
    const read = readSchedule(schedule, zone);
    if ('fault' in read) context.addIssue({ code: 'custom', path: ['schedule'], message: read.fault });
  });

export const jobsSettings = z.strictObject({ 'employment-goal-sweep': sweep.prefault({}) });
export type JobsSettings = z.output<typeof jobsSettings>;
export type SweepSettings = JobsSettings['employment-goal-sweep'];
