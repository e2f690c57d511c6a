// `run` and `runs`: a scheduled job now, or what it would do; and the ledger of all runs. A rehearsal shows people, so
// every look at one is audited, and nobody is listed whose record is, or may be, restricted (domain.md section 1: no
// line lists).
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Argument, InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { processDepsOf } from '../app/interpretation.ts';
import { auditEntry, operatorEntry } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName } from '../config.ts';
import type { Config } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { sweepRule } from '../ips/goal-flag.ts';
import { counted, rehearse, sweepJob } from '../jobs/employment-goal-sweep.ts';
import { resumeRun, runDue } from '../jobs/run.ts';
import type { RunDeps, RunEnd } from '../jobs/run.ts';
import type { Looked } from '../jobs/sweep-look.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { ledger } from '../store/job-runs.ts';
import type { RunCounts } from '../store/job-runs.ts';
import { withInterpretation, withStore } from './context.ts';
import { action, complain, exitCodes, say, sayJson, table } from './output.ts';
import { stopOn } from './signals.ts';

interface Options {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly limit: number;
}

export function runCommand(parent: Command): void {
  parent
    .command('run')
    .summary('run a scheduled job now, or show what it would do')
    .description(
      'Runs a job now, beside its schedule, with the mode that config/jobs.yaml gives it; the first run of all is dry. With --dry-run it stores nothing but the audit of who was shown, and prints who would be flagged, who would wait, and why: personal data.',
    ) // prettier-ignore
    .addArgument(new Argument('<job>', 'which job').choices([sweepRule]))
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--dry-run', 'only show counts, who and why; the output names people by their local number')
    .option('--limit <n>', 'with --dry-run: show at most so many people', atLeastOne, 50)
    .option('--json', 'as JSON')
    .action(
      action((_job: string, options: Options) =>
        withInterpretation(options.config, (store, config, interpretation) =>
          options.dryRun === true
            ? showSweep(store, config, interpretation, options)
            : runSweep(store, config, interpretation, options),
        ),
      ),
    );
  parent
    .command('runs')
    .summary('show the runs of scheduled jobs: when, how, what they counted')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--limit <n>', 'show at most so many runs', atLeastOne, 20)
    .option('--json', 'as JSON')
    .action(action(showRuns));
}

const dayMs = 24 * 3_600_000;

async function runSweep(
  store: Store,
  config: Config,
  interpretation: Interpretation,
  { json }: Options,
): Promise<void> {
  const job = sweepJob(config.jobs[sweepRule]);
  if (job === undefined) {
    throw new BridgeError('unsupported/job-off', `${sweepRule} is off in jobs.yaml; --dry-run shows what it would do`); // prettier-ignore
  }
  const now = new Date();
  const actor = { kind: 'operator', name: operatorName() } as const;
  await inTransaction(store, (tx) =>
    writeAudit(tx, [auditEntry('ran', now, {}, { actor, detail: { job: sweepRule, mode: job.mode } })]),
  );
  const current = processDepsOf(config, interpretation);
  const deps: RunDeps = {
    store,
    current: () => current,
    owner: `${hostname()}:${process.pid}:${randomUUID()}`,
    log: createLog('warn'),
    metrics: createMetrics(),
    progress: ({ people = 0 }) => complain(`${people} people looked at`),
  };
  const stop = stopOn(['SIGINT', 'SIGTERM']);
  // One that was left unfinished within a day is finished first: two would not know of each other's people.
  const resumed = await resumeRun(job, deps, stop, new Date(now.getTime() - dayMs));
  const end = resumed === 'interrupted' ? resumed : await runDue(job, now, deps, stop);
  if (end === 'busy' || end === 'known') {
    throw new BridgeError('unsupported/job-busy', 'a run of this job is under way already: ips-bridge runs shows it'); // prettier-ignore
  }
  await tellEnd(store, end, json === true);
}

async function tellEnd(store: Store, end: RunEnd, json: boolean): Promise<void> {
  const [run] = await ledger(store, 1);
  if (run === undefined) throw new BridgeError('internal/row-missing', 'a run that was begun is not in the ledger'); // prettier-ignore
  if (end !== 'done') process.exitCode = exitCodes.failed;
  if (json) {
    sayJson(run);
    return;
  }
  const dry = run.mode === 'live' ? '' : run.first ? ' (dry, because it was the first: nothing was made)' : ' (dry: nothing was made)'; // prettier-ignore
  say(`${run.job}: ${end}${dry}`);
  if (run.failure !== null) say(`${run.failure.kind}: ${run.failure.message}`);
  if (end === 'interrupted') say('The service, or the same command again, goes on where it stands.');
  say(countsText(run.counts));
}

async function showSweep(
  store: Store,
  config: Config,
  interpretation: Interpretation,
  { limit, json }: Options,
): Promise<void> {
  const now = new Date();
  let counts: RunCounts = {};
  const listed: Looked[] = [];
  let unlisted = 0;
  for await (const page of rehearse(
    store,
    processDepsOf(config, interpretation),
    config.jobs[sweepRule],
    now,
  )) {
    counts = counted(counts, page);
    const shown = page.filter(({ outcome }) => outcome === 'flag' || waits.has(outcome));
    unlisted += shown.filter(({ listable }) => !listable).length;
    // Those who would be flagged come first; the others fill what is left.
    listed.push(...shown.filter(({ listable }) => listable));
    listed.sort((one, other) => Number(other.outcome === 'flag') - Number(one.outcome === 'flag'));
    listed.splice(limit);
  }
  const by = operatorName();
  const looks = listed.map(({ record }) => operatorEntry('viewed', now, { person: record.id }, by, `run ${sweepRule} --dry-run`)); // prettier-ignore
  await inTransaction(store, (tx) => writeAudit(tx, looks));
  const people = listed.map(({ record, outcome, why, team, owner }) => ({
    uid: record.uid,
    localNumber: record.keys[0]?.value ?? '',
    outcome,
    team: team ?? '',
    owner: owner === undefined ? '' : (owner.display ?? owner.value),
    why,
  }));
  if (json === true) {
    sayJson({ job: sweepRule, mode: 'dry', counts, people, unlisted });
    return;
  }
  say(`${sweepRule}, dry run: nothing was made. What follows is personal data.\n`);
  say(countsText(counts));
  if (people.length > 0) {
    const rows = people.map((one) => [one.outcome, one.localNumber, one.team, one.owner, one.uid, one.why]);
    say(`\n${table([['OUTCOME', 'LOCAL NUMBER', 'TEAM', 'OWNER', 'UID', 'WHY'], ...rows])}`);
  }
  if (unlisted > 0) say(`\n${unlisted} more are counted and not listed: restricted records, or not known to be open.`); // prettier-ignore
}

/** Whoever is not flagged although it may be due: to be looked at by a person. The others need nothing. */
const waits: ReadonlySet<Looked['outcome']> = new Set([
  'owner-full', 'no-owner', 'no-destination', 'on-ward', 'prompt-open', 'unclear', 'cannot-tell',
]); // prettier-ignore

async function showRuns({ config: folder, limit, json }: Options): Promise<void> {
  await withStore(folder, async (store) => {
    const runs = await ledger(store, limit);
    if (json === true) {
      sayJson(runs);
      return;
    }
    if (runs.length === 0) {
      say('No job has run yet.');
      return;
    }
    const rows = runs.map((run) => [
      run.job,
      run.dueAt.toISOString(),
      run.mode === 'dry' && run.first ? 'dry (first)' : run.mode,
      run.state,
      run.endedAt?.toISOString() ?? '',
      run.failure === null ? countsText(run.counts) : `${run.failure.kind}: ${run.failure.message}`,
    ]);
    say(table([['JOB', 'DUE', 'MODE', 'STATE', 'ENDED', 'COUNTS OR FAILURE'], ...rows]));
  });
}

/** `812 people: 640 not-covered, 100 goal-recorded …`, the most frequent first. */
function countsText({ people = 0, ...outcomes }: RunCounts): string {
  const parts = Object.entries(outcomes)
    .toSorted(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${count} ${outcome}`);
  return `${people} people${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

function atLeastOne(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('a whole number above 0.');
  return count;
}
