// The schedule and its ledger: each due run once on however many replicas, across restarts and downtime; a run whose
// process was killed goes on behind the last page that it committed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSchedule } from '../../src/jobs/cron.ts';
import { sweepJob } from '../../src/jobs/employment-goal-sweep.ts';
import { runDue } from '../../src/jobs/run.ts';
import type { Job } from '../../src/jobs/run.ts';
import { lookAfter, startJobs } from '../../src/jobs/schedule.ts';
import { jobsSettings } from '../../src/jobs/settings.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { refreshGauges } from '../../src/pipeline/gauges.ts';
import { openStore } from '../../src/store/database.ts';
import { ledger } from '../../src/store/job-runs.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { linesOf, until } from '../support/trust.ts';
import { bring, flagsMade, runDeps } from './caseload.ts';

const going = new AbortController().signal;
/** Due on Mondays at 06:30 in London. */
const due = { first: '2026-10-19T05:30:00Z', second: '2026-10-26T06:30:00Z', third: '2026-11-02T06:30:00Z' };

function weekly(): {
  job: Job;
  schedule: Extract<ReturnType<typeof readSchedule>, { schedule: unknown }>['schedule'];
} {
  const settings = jobsSettings.parse({ 'employment-goal-sweep': { mode: 'live' } })['employment-goal-sweep'];
  const job = sweepJob(settings);
  const read = readSchedule(settings.schedule, settings.zone);
  if (job === undefined || 'fault' in read) throw new Error('off');
  return { job, schedule: read.schedule };
}

/** A scheduler that looks when told to, at a clock that is set by hand. */
function scheduler(fresh: Pick<FreshStore, 'store'>, owner: string, since: string, output?: PassThrough) {
  let clock = new Date(since);
  const parts = {
    ...runDeps(fresh.store, owner),
    ...(output === undefined ? {} : { log: createLog('info', output) }),
  };
  const look = lookAfter([weekly()], { ...parts, now: () => clock });
  return (at: string, signal = going): Promise<void> => {
    clock = new Date(at);
    return look(signal);
  };
}

const group = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    number: from + index,
    coordinator: `C${2000 + Math.floor((from + index) / 10)}`,
  }));

describe('scheduled jobs', () => {
  let fresh: FreshStore;
  beforeEach(async () => {
    fresh = await freshStore();
  });
  afterEach(() => fresh.drop());

  const dues = async (): Promise<string[]> =>
    (await ledger(fresh.store, 99)).map(({ dueAt }) => dueAt.toISOString().replace('.000', '')).reverse();

  it('R47 two schedulers on one database: each due run happens once', async () => {
    await bring(fresh.store, group(1, 15));
    const other = await openStore({ url: () => fresh.url }, { log: createLog('silent') });
    const [here, there] = [
      scheduler(fresh, 'here', due.first),
      scheduler({ store: other }, 'there', due.first),
    ];
    for (const at of [due.second, due.second, due.third, due.third]) await Promise.all([here(at), there(at)]);
    await other.close();
    expect(await dues()).toEqual([due.second, due.third]);
    expect((await ledger(fresh.store, 9)).map(({ mode, counts }) => [mode, counts['flag']])).toEqual([
      ['live', 15],
      ['dry', 15],
    ]);
    expect(await flagsMade(fresh.store)).toEqual({ people: 15, rows: 15 });
  });

  it('R47 a run whose process is killed inside a page goes on behind the last one, and nobody is flagged twice', async () => {
    await bring(fresh.store, group(1, 450));
    await scheduler(fresh, 'here', due.first)(due.second);
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../support/job-process.ts'), fresh.url, due.third, '250'],
      { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    const [left] = await ledger(fresh.store, 1);
    expect(left).toMatchObject({ state: 'running', counts: { people: 200, flag: 200 } });
    expect(await flagsMade(fresh.store)).toEqual({ people: 200, rows: 200 });
    const here = scheduler(fresh, 'here', due.third);
    await until('the lease lapses and the run is done', async () => {
      await here('2026-11-02T06:31:00Z');
      return (await ledger(fresh.store, 1))[0]?.state === 'done';
    });
    const [done] = await ledger(fresh.store, 1);
    expect(done).toMatchObject({ row: left?.row, mode: 'live', counts: { people: 450, flag: 450 } });
    expect(await flagsMade(fresh.store)).toEqual({ people: 450, rows: 450 });
  }, 60_000);

  it('R47 a run is taken from whoever holds it too long, whose next page is then undone', async () => {
    await bring(fresh.store, group(1, 210));
    await scheduler(fresh, 'here', due.first)(due.second);
    // Frozen after its first page: meanwhile its lease lapses, and another scheduler carries the run through.
    const settings = jobsSettings.parse({ 'employment-goal-sweep': { mode: 'live' } })[
      'employment-goal-sweep'
    ];
    const frozen = sweepJob(settings);
    if (frozen === undefined) throw new Error('off');
    const thawed: Job = {
      ...frozen,
      work: (hold, deps) =>
        frozen.work(
          {
            ...hold,
            page: async (work) => {
              await hold.page(work);
              await lapse();
              await scheduler(fresh, 'there', due.third)('2026-11-02T06:31:00Z');
            },
          },
          deps,
        ),
    };
    expect(await runDue(thawed, new Date(due.third), runDeps(fresh.store, 'frozen'), going)).toBe(
      'interrupted',
    );
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ state: 'done', counts: { people: 210 } });
    expect(await flagsMade(fresh.store)).toEqual({ people: 210, rows: 210 });
  });

  async function lapse(): Promise<void> {
    await fresh.store.other.updateTable('job_run').set({ lease_until: new Date(0) }).where('state', '=', 'running').execute(); // prettier-ignore
  }

  it('R48 of the runs missed while nothing ran the latest is made up for, once, and the log says how many were missed', async () => {
    await bring(fresh.store, group(1, 3));
    await scheduler(fresh, 'before', '2026-09-30T00:00:00Z')('2026-10-05T05:30:00Z');
    const output = new PassThrough();
    const after = scheduler(fresh, 'after', '2026-10-29T10:00:00Z', output);
    await after('2026-10-29T10:00:00Z');
    await after('2026-10-29T10:01:00Z');
    expect(await dues()).toEqual(['2026-10-05T05:30:00Z', due.second]);
    const lines = linesOf(String(output.read()));
    expect(lines.filter(({ message }) => message === 'job-runs-missed')).toMatchObject([{ count: 2 }]);
    expect(lines.filter(({ message }) => message === 'job-done')).toHaveLength(1);
  });

  it('R48 across a restart at the very minute a due run happens once', async () => {
    await bring(fresh.store, group(1, 3));
    await scheduler(fresh, 'before', due.first)(due.second);
    await scheduler(fresh, 'after', due.second)(due.second);
    await scheduler(fresh, 'after', due.second)('2026-10-26T06:31:00Z');
    expect(await dues()).toEqual([due.second]);
  });

  it('R48 over the nights on which the clocks change each nightly run happens once', async () => {
    const read = readSchedule('30 0 * * *', 'Europe/London');
    if ('fault' in read) throw new Error(read.fault);
    const nights = [
      ['2026-03-28T00:00:00Z', '2026-03-31T00:00:00Z', '28T00:30', '29T00:30', '29T23:30', '30T23:30'],
      ['2026-10-24T00:00:00Z', '2026-10-27T00:00:00Z', '24T23:30', '26T00:30'],
    ] as const;
    for (const [from, to, ...expected] of nights) {
      let clock = Date.parse(from);
      const settings = jobsSettings.parse({ 'employment-goal-sweep': { mode: 'dry' } })[
        'employment-goal-sweep'
      ];
      const job = sweepJob(settings);
      if (job === undefined) throw new Error('off');
      const nightly = { job: { ...job, name: `nightly ${from}` }, schedule: read.schedule };
      const look = lookAfter([nightly], { ...runDeps(fresh.store, 'here'), now: () => new Date(clock) });
      for (; clock < Date.parse(to); clock += 10 * 60_000) await look(going);
      const runs = (await ledger(fresh.store, 99)).filter((run) => run.job === nightly.job.name).reverse();
      expect(runs.map(({ dueAt }) => dueAt.toISOString().slice(8, 16))).toEqual(expected);
    }
  });

  it('a job that has never run begins with the first time due after it was switched on', async () => {
    const look = scheduler(fresh, 'here', '2026-10-28T12:00:00Z');
    await look('2026-10-28T12:00:00Z');
    expect(await dues()).toEqual([]);
    await look(due.third);
    expect(await dues()).toEqual([due.third]);
  });

  it('a stop ends a run at its next page and gives it back; whoever looks next goes on at once', async () => {
    await bring(fresh.store, group(1, 210));
    const stopping = new AbortController();
    const here = { ...runDeps(fresh.store, 'here'), progress: () => stopping.abort() };
    expect(await runDue(weekly().job, new Date(due.second), here, stopping.signal)).toBe('interrupted');
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ state: 'running', counts: { people: 200 } });
    await scheduler(fresh, 'there', due.second)('2026-10-26T06:31:00Z');
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ state: 'done', counts: { people: 210 } });
  });

  it('R55 a run left behind while the job was off is closed, not gone on with: its due time knows nothing of who left since', async () => {
    await bring(fresh.store, [{ number: 1, coordinator: 'C2001', roleEnded: '20261020' }]);
    const gone = { ...runDeps(fresh.store, 'gone'), current: () => { throw Object.assign(new Error('gone'), { code: 'ECONNRESET' }); } }; // prettier-ignore
    expect(await runDue(weekly().job, new Date(due.first), gone, going)).toBe('interrupted');
    await scheduler(fresh, 'here', '2026-11-01T12:00:00Z')('2026-11-01T12:00:00Z');
    expect(await ledger(fresh.store, 9)).toMatchObject([
      { dueAt: new Date(due.second), state: 'done' },
      { dueAt: new Date(due.first), state: 'failed', failure: { kind: 'internal/run-overtaken' } },
    ]);
  });

  it('one run of a job at a time: another due time waits while one is under way', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    const { job } = weekly();
    let meanwhile: string | undefined;
    const slow: Job = {
      ...job,
      work: async (hold, deps) => {
        meanwhile = await runDue(job, new Date(due.third), runDeps(fresh.store, 'there'), going);
        await job.work(hold, deps);
      },
    };
    expect(await runDue(slow, new Date(due.second), runDeps(fresh.store, 'here'), going)).toBe('done');
    expect(meanwhile).toBe('busy');
  });

  it('node-cron wakes a schedule that is on, and a stop waits for what runs', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    const metrics = createMetrics();
    const parts = { ...runDeps(fresh.store, 'here'), metrics };
    // A run was left by a process that is gone: the first look, at the start, takes it over.
    const gone = { ...parts, current: () => { throw Object.assign(new Error('gone'), { code: 'ECONNRESET' }); } }; // prettier-ignore
    expect(await runDue(weekly().job, new Date(due.second), gone, going)).toBe('interrupted');
    const settings = jobsSettings.parse({ 'employment-goal-sweep': { mode: 'dry' } });
    const jobs = startJobs({ ...parts, settings, now: () => new Date('2026-10-26T06:31:00Z') });
    await until('the run is done', async () => (await ledger(fresh.store, 1))[0]?.state === 'done');
    await jobs.stop();
    await refreshGauges(fresh.store, metrics);
    const text = await metrics.registry.metrics();
    expect(text).toContain('ips_bridge_job_runs_total{job="employment-goal-sweep",outcome="done"} 1');
    expect(text).toMatch(/job_last_success_timestamp_seconds\{job="employment-goal-sweep"\} \d{10}/);
    expect(text).toContain('ips_bridge_job_people{job="employment-goal-sweep",outcome="people"} 1');
    expect(text).not.toContain('T00001');
  });
});
