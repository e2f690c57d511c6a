// The schedule: node-cron wakes once a minute, the ledger in the database decides. Every due run happens once, on
// whichever replica; of the runs missed while nothing was running only the latest is made up for. Which run is due is
// worked out in cron.ts, so that no clock change and no late timer loses one.
import { randomUUID } from 'node:crypto';
import { schedule as wakeOn } from 'node-cron';
import { BridgeError } from '../errors.ts';
import { lastDue } from '../store/job-runs.ts';
import { duesBetween, latestDue, readSchedule } from './cron.ts';
import type { Schedule } from './cron.ts';
import { sweepJob } from './employment-goal-sweep.ts';
import { resumeRun, runDue } from './run.ts';
import type { Job, RunDeps } from './run.ts';
import type { JobsSettings } from './settings.ts';

export interface JobsDeps extends Omit<RunDeps, 'progress'> {
  readonly settings: JobsSettings;
  /** Names this process; leases get something of their own beside it, as a container has the same name and number again. */
  readonly owner: string;
  readonly now: () => Date;
}

export interface Jobs {
  /** Starts nothing more, and waits for what runs to stop at its next page. */
  stop(): Promise<void>;
}

interface Scheduled {
  readonly job: Job;
  readonly schedule: Schedule;
}

/** Older runs than so many are not counted one by one. */
const mostMissed = 1_000;

/** Starts what the settings switch on, first of all what was missed or left unfinished. */
export function startJobs(deps: JobsDeps): Jobs {
  const scheduled = scheduledJobs(deps.settings);
  if (scheduled.length === 0) return { stop: () => Promise.resolve() };
  const look = lookAfter(scheduled, deps);
  const stopping = new AbortController();
  let looking: Promise<void> | undefined;
  const wake = (): void => {
    looking ??= look(stopping.signal).finally(() => {
      looking = undefined;
    });
  };
  // Etc/UTC: in Europe/London a timer of every minute rests for an hour in October.
  const timer = wakeOn('* * * * *', wake, { timezone: 'Etc/UTC', name: 'jobs', suppressMissedWarning: true });
  wake();
  return {
    stop: async () => {
      stopping.abort();
      await timer.destroy();
      await looking;
    },
  };
}

/** Looks once after every job: goes on with a run that was left, begins one that is due. Never rejects. */
export function lookAfter(
  scheduled: readonly Scheduled[],
  deps: Omit<JobsDeps, 'settings'>,
): (signal: AbortSignal) => Promise<void> {
  const since = deps.now();
  const own: RunDeps = { ...deps, owner: `${deps.owner}:${randomUUID()}` };
  return async (signal) => {
    for (const { job, schedule } of scheduled) {
      try {
        const now = deps.now();
        const left = await resumeRun(job, own, signal, latestDue(schedule, now));
        if (left !== 'interrupted') await runLatest(job, schedule, { own, since, now: deps.now() }, signal);
      } catch (thrown) {
        deps.log.warn('job-not-looked-after', { job: job.name, message: 'tried again in a minute' }, thrown);
      }
    }
  };
}

async function runLatest(
  job: Job,
  schedule: Schedule,
  { own, since, now }: { readonly own: RunDeps; readonly since: Date; readonly now: Date },
  signal: AbortSignal,
): Promise<void> {
  const due = latestDue(schedule, now);
  const last = await lastDue(own.store, job.name);
  // A job that has never run begins with the first time due after it was switched on.
  if (due <= (last ?? since) || signal.aborted) return;
  await runDue(job, due, own, signal, () => {
    const missed = last === undefined ? 0 : duesBetween(schedule, last, due, mostMissed);
    if (missed > 0) own.log.warn('job-runs-missed', { job: job.name, count: missed, message: 'only the latest due run is made up for' }); // prettier-ignore
  });
}

function scheduledJobs(settings: JobsSettings): Scheduled[] {
  const sweep = settings['employment-goal-sweep'];
  const job = sweepJob(sweep);
  return job === undefined ? [] : [{ job, schedule: scheduleOf(sweep) }];
}

/** Settings hold schedules that were read before. */
function scheduleOf(settings: { readonly schedule: string; readonly zone: Schedule['zone'] }): Schedule {
  const read = readSchedule(settings.schedule, settings.zone);
  if ('fault' in read) throw new BridgeError('config/schedule', read.fault, { where: 'jobs.yaml' });
  return read.schedule;
}
