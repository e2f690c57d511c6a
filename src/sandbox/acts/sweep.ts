// Fourth act: the employment-goal sweep looks at everybody under a covered team, once dry, as its first run always is, and
// once live. Then goals and answers are recorded for some of those who were flagged, and their flags clear.
import { randomUUID } from 'node:crypto';
import { processDepsOf } from '../../app/interpretation.ts';
import type { Config } from '../../config.ts';
import { BridgeError } from '../../errors.ts';
import { sweepRule } from '../../ips/goal-flag.ts';
import { sweepJob } from '../../jobs/employment-goal-sweep.ts';
import { runDue } from '../../jobs/run.ts';
import type { RunDeps } from '../../jobs/run.ts';
import { createLog } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import { ledger } from '../../store/job-runs.ts';
import { peopleOf, play, settle } from '../stage.ts';
import type { Stage } from '../stage.ts';

export interface SweepPlayed {
  /** People by what the sweep made of them: `flag`, or why not. */
  readonly dry: Readonly<Record<string, number>>;
  readonly live: Readonly<Record<string, number>>;
  /** Flags that stood in the trust's systems after the live run. */
  readonly flagged: number;
  /** Flags of those for whom a goal or an answer was recorded afterwards, that no longer stand. */
  readonly cleared: number;
}

export async function playSweep(stage: Stage, config: Config): Promise<SweepPlayed> {
  const { progress, receiving, scenario } = stage;
  const dry = await runSweep(stage, config);
  await settle(stage, 'employment-goal sweep, dry');
  if ((await receiving.openFlags()).size > 0) throw new BridgeError('internal/sandbox', 'a dry run has flagged somebody'); // prettier-ignore
  const live = await runSweep(stage, config);
  await settle(stage, 'employment-goal sweep, live');
  const flagged = await receiving.openFlags();
  progress(`employment-goal sweep: dry, then live: ${flagged.size} people flagged`, true);
  await play(stage, 'goals and answers after flags', scenario.afterFlags(peopleOf(stage, flagged)));
  const open = await receiving.openFlags();
  const cleared = [...flagged].filter((one) => !open.has(one)).length;
  return { dry, live, flagged: flagged.size, cleared };
}

/** One run through the ledger, as `ips-bridge run` does it; the counts of that run. */
async function runSweep({ app, stop }: Stage, config: Config): Promise<Readonly<Record<string, number>>> {
  const { store } = app;
  const job = sweepJob(config.jobs[sweepRule]);
  if (job === undefined) throw new BridgeError('internal/sandbox', 'the sweep is off in the sandbox');
  const current = processDepsOf(config, app.interpretation());
  const deps: RunDeps = {
    store,
    current: () => current,
    owner: `sandbox:${randomUUID()}`,
    log: createLog('silent'),
    metrics: createMetrics(),
  };
  const end = await runDue(job, new Date(), deps, stop);
  stop.throwIfAborted();
  if (end !== 'done') throw new BridgeError('internal/sandbox', `the sweep ended as ${end}`);
  const [run] = await ledger(store, 1);
  return run?.counts ?? {};
}
