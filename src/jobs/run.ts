// One run of a job: through the ledger, page by page, until it is done, fails or is told to stop. Every page commits
// together with how far the run has come, and only while the run is still ours; so a run that was interrupted goes on
// behind its last page, here or on another replica, and nothing is done twice.
import { BridgeError, asBridgeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { leaseMs } from '../pipeline/deliver-lease.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import { inTransaction } from '../store/database.ts';
import type { Store, Tx } from '../store/database.ts';
import {
  advanceRun,
  closeOvertaken,
  endRun,
  releaseRun,
  renewRun,
  startRun,
  takeOverRun,
} from '../store/job-runs.ts';
import type { JobRun, RunCounts, RunMode, Start } from '../store/job-runs.ts';
import { isTransient } from '../store/transient.ts';

export interface RunDeps {
  readonly store: Store;
  readonly current: () => ProcessDeps;
  /** Names this process in leases; no other process, before or beside it, has the same. */
  readonly owner: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Hears of every page. */
  readonly progress?: (counts: RunCounts) => void;
}

/** What a run may still do. */
export interface RunHold {
  readonly run: JobRun;
  /** Keeps the run. @throws BridgeError internal/run-over where somebody else has it, or this process stops */
  readonly keep: () => Promise<void>;
  /** One page: what `work` writes commits together with how far it has come, or not at all. @throws BridgeError internal/run-over */
  readonly page: (
    work: (tx: Tx) => Promise<{ readonly doneUpTo: number; readonly counts: RunCounts }>,
  ) => Promise<void>;
}

export interface Job {
  readonly name: string;
  /** What the configuration says; the first run is dry all the same. */
  readonly mode: RunMode;
  /** Goes over everybody behind `run.doneUpTo`. */
  readonly work: (hold: RunHold, deps: RunDeps) => Promise<void>;
}

export type RunEnd = 'done' | 'failed' | 'interrupted';

const runOver = 'internal/run-over';

function runIsOver(): BridgeError {
  return new BridgeError(runOver, 'somebody else has this run now, or this process stops');
}

/** Begins the run of a due time and carries it through, where it is ours to run; `begun` hears that it is. */
export async function runDue(
  job: Job,
  dueAt: Date,
  deps: RunDeps,
  signal: AbortSignal,
  begun: () => void = () => undefined,
): Promise<Exclude<Start['outcome'], 'started'> | RunEnd> {
  const { log, owner, store } = deps;
  const start = await startRun(store, { job: job.name, dueAt, mode: job.mode, owner }, leaseMs);
  if (start.outcome !== 'started') return start.outcome;
  const { run } = start;
  begun();
  if (run.mode === 'dry' && job.mode === 'live') {
    log.warn('job-first-run-dry', { job: job.name, row: run.row, message: 'the first run makes nothing: see ips-bridge runs' }); // prettier-ignore
  }
  return carryThrough(job, run, deps, signal);
}

/**
 * Goes on with a run of this job that its holder has left; undefined where there is none. One that was due before
 * `notBefore` is closed instead: people are looked at as of its due time, and since then a role may have ended.
 */
export async function resumeRun(
  job: Job,
  deps: RunDeps,
  signal: AbortSignal,
  notBefore: Date,
): Promise<RunEnd | undefined> {
  const overtaken = { kind: 'internal/run-overtaken', message: 'left unfinished until a later run was due' };
  for (const row of await closeOvertaken(deps.store, job.name, notBefore, overtaken)) {
    deps.log.warn('job-overtaken', { job: job.name, row, message: overtaken.message });
  }
  const taken = await takeOverRun(deps.store, job.name, deps.owner, leaseMs);
  if (taken === undefined) return undefined;
  // Whoever has switched the job to dry in between means what is left of this run too.
  const run: JobRun = job.mode === 'dry' ? { ...taken, mode: 'dry' } : taken;
  deps.log.warn('job-taken-over', { job: job.name, row: run.row, rows: run.doneUpTo });
  return carryThrough(job, run, deps, signal);
}

async function carryThrough(job: Job, run: JobRun, deps: RunDeps, signal: AbortSignal): Promise<RunEnd> {
  const { log, store } = deps;
  const said = { job: job.name, row: run.row };
  log.info('job-started', { ...said, state: run.mode });
  let { counts } = run;
  const keep = async (): Promise<void> => {
    if (signal.aborted || !(await renewRun(store, run, leaseMs))) throw runIsOver();
  };
  const page: RunHold['page'] = async (work) => {
    if (signal.aborted) throw runIsOver();
    counts = await inTransaction(store, async (tx) => {
      const to = await work(tx);
      if (!(await advanceRun(tx, run, to, leaseMs))) throw runIsOver();
      return to.counts;
    });
    deps.progress?.(counts);
  };
  const end = await ended(() => job.work({ run, keep, page }, deps));
  deps.metrics.jobRuns.inc({ job: job.name, outcome: end.outcome });
  if (end.outcome === 'interrupted') {
    log.warn('job-interrupted', { ...said, message: 'goes on where it stands' }, end.thrown);
    await releaseRun(store, run).catch(() => undefined);
    return end.outcome;
  }
  const failure = end.outcome === 'failed' ? asBridgeError(end.thrown) : undefined;
  try {
    await endRun(store, run, failure);
  } catch (thrown) {
    log.warn('job-interrupted', { ...said, message: 'its end could not be noted: somebody notes it later' }, thrown); // prettier-ignore
    return 'interrupted';
  }
  if (failure === undefined) log.info('job-done', { ...said, state: run.mode, count: counts['people'] ?? 0 });
  else log.error('job-failed', said, failure);
  return end.outcome;
}

/** How the work ended. What passes by itself is no failure: the run waits for whoever takes it over. */
async function ended(
  work: () => Promise<void>,
): Promise<{ readonly outcome: RunEnd; readonly thrown?: unknown }> {
  try {
    await work();
    return { outcome: 'done' };
  } catch (thrown) {
    if (thrown instanceof BridgeError && thrown.kind === runOver) return { outcome: 'interrupted' };
    return { outcome: isTransient(thrown) ? 'interrupted' : 'failed', thrown };
  }
}
