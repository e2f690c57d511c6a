// The employment-goal sweep: everybody under a covered team, page by page, so that memory stays bounded. A live run flags
// those whose care plans hold neither an employment goal nor a recorded conversation, within the pace of whoever is
// asked; a dry run counts. No network: what it decides leaves through the outbox.
import type { Decision } from '../ips/decision.ts';
import { judgeGoal, sweepRule } from '../ips/goal-flag.ts';
import { ownRows, writeDecided } from '../pipeline/decided.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import { ownSource } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import type { Scope, Store, Tx } from '../store/database.ts';
import type { RunCounts } from '../store/job-runs.ts';
import { lockSurvivors, nextPersons, nextPersonsAsked } from '../store/people-pages.ts';
import { loadRecords } from '../store/record.ts';
import { createPace } from './pace.ts';
import type { Pace } from './pace.ts';
import type { Job, RunHold } from './run.ts';
import type { SweepSettings } from './settings.ts';
import { factsFor, lookAt } from './sweep-look.ts';
import type { GoalJudge, LookDeps, Looked } from './sweep-look.ts';

const pagePeople = 200;

/** The job of these settings; undefined where it is off. */
export function sweepJob(settings: SweepSettings, judge: GoalJudge = judgeGoal): Job | undefined {
  if (settings.mode === 'off') return undefined;
  return {
    name: sweepRule,
    mode: settings.mode,
    work: async (hold, { store, current, log, metrics }) => {
      const { run, keep } = hold;
      const pace = await paceNow(store, settings.perOwner, run.dueAt, current(), keep);
      const deps = (): LookDeps => ({ current: current(), pace, judge });
      const counts = await sweepPages(hold, store, deps, ({ action }) =>
        metrics.decisions.inc({ rule: sweepRule, action }),
      );
      const failed = counts['failed'] ?? 0;
      if (failed > 0) log.error('job-people-failed', { job: sweepRule, count: failed });
    },
  };
}

/** Everybody behind `run.doneUpTo`. `tell` hears of every decision once it is committed. */
async function sweepPages(
  { run, page }: RunHold,
  store: Store,
  deps: () => LookDeps,
  tell: (decision: Decision) => void,
): Promise<RunCounts> {
  let { doneUpTo, counts } = run;
  for (;;) {
    const persons = await nextPersons(store, doneUpTo, pagePeople);
    const last = persons.at(-1);
    if (last === undefined) return counts;
    let made: readonly Decision[] = [];
    await page(async (tx) => {
      const { current, ...rest } = deps();
      // A dry run reads; a live one decides about people, so nobody else may until it has committed.
      const standing = run.mode === 'live' ? await lockSurvivors(tx, persons) : persons;
      const looked = await lookAtPage(tx, standing, run.dueAt, { current, ...rest });
      if (run.mode === 'live') {
        await write(tx, looked, current, run.dueAt);
        made = looked.flatMap(({ decisions }) => decisions);
      }
      counts = counted(counts, looked);
      doneUpTo = last;
      return { doneUpTo, counts };
    });
    made.forEach(tell);
  }
}

/** What the run due at `dueAt` would make of everybody, a page at a time; nothing is stored. */
export async function* rehearse(
  store: Store,
  current: ProcessDeps,
  settings: Pick<SweepSettings, 'perOwner'>,
  dueAt: Date,
  judge: GoalJudge = judgeGoal,
): AsyncGenerator<readonly Looked[], void, undefined> {
  const pace = await paceNow(store, settings.perOwner, dueAt, current, () => Promise.resolve());
  for (let after = 0; ;) {
    const persons = await nextPersons(store, after, pagePeople);
    const last = persons.at(-1);
    if (last === undefined) return;
    yield await lookAtPage(store, persons, dueAt, { current, pace, judge });
    after = last;
  }
}

/** Counts of people by outcome, `people` in all; `cleared`: of them those whose open flag no longer holds. */
export function counted(before: RunCounts, looked: readonly Looked[]): RunCounts {
  const counts: Record<string, number> = { ...before };
  const add = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const { outcome, decisions } of looked) {
    add('people');
    add(outcome);
    if (decisions.some(({ action }) => action === 'withdraw')) add('cleared');
  }
  return counts;
}

async function lookAtPage(
  scope: Scope,
  persons: readonly number[],
  dueAt: Date,
  deps: LookDeps,
): Promise<readonly Looked[]> {
  return inOrder(await loadRecords(scope, persons)).map((record) => lookAt(record, dueAt, deps));
}

/** How many people each owner has already: asked anew at the beginning and whenever a run is taken over. */
async function paceNow(
  store: Store,
  perOwner: number,
  dueAt: Date,
  current: ProcessDeps,
  keep: () => Promise<void>,
): Promise<Pace> {
  const pace = createPace(perOwner);
  for (let after = 0; ;) {
    await keep();
    const persons = await nextPersonsAsked(store, after, pagePeople);
    const last = persons.at(-1);
    if (last === undefined) return pace;
    for (const record of inOrder(await loadRecords(store, persons)))
      pace.count(factsFor(record, dueAt, current), current.mappings.teams, dueAt);
    after = last;
  }
}

async function write(tx: Tx, looked: readonly Looked[], current: ProcessDeps, dueAt: Date): Promise<void> {
  const rows = looked.flatMap(({ record, decisions, at }) =>
    ownRows(record, decisions, at).map((row) => ({ ...row, person: record.id, source: ownSource, inboxRow: undefined })),
  ); // prettier-ignore
  const decided = looked.flatMap(({ record, decisions }) =>
    decisions.map((decision) => ({ decision, person: record.id, inboxRow: undefined, at: dueAt })),
  );
  await writeDecided(tx, rows, decided, current);
}

function inOrder(records: ReadonlyMap<number, PersonRecord>): PersonRecord[] {
  return [...records.values()].sort((one, other) => one.id - other.id);
}
