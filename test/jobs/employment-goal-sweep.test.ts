// The sweep on a real store: the first run dry, the pace of each owner, who is asked, what a fault does to a run.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { BridgeError } from '../../src/errors.ts';
import { readGoalDefinition } from '../../src/ips/employment-goal.ts';
import { judgeGoal } from '../../src/ips/goal-flag.ts';
import { rehearse, sweepJob } from '../../src/jobs/employment-goal-sweep.ts';
import { runDue } from '../../src/jobs/run.ts';
import type { Job } from '../../src/jobs/run.ts';
import { jobsSettings } from '../../src/jobs/settings.ts';
import type { Looked } from '../../src/jobs/sweep-look.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { ledger } from '../../src/store/job-runs.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { bring, flagsMade, inForce, runDeps } from './caseload.ts';

const first = new Date('2026-10-05T05:30:00Z');
const weeksLater = (weeks: number): Date => new Date(first.getTime() + weeks * 7 * 24 * 3_600_000);
/** Asked, and said no: the mildest answer there is. */
const asked = { answer: ['NO', '20261012'] } as const;
const going = new AbortController().signal;

function job(mode: 'dry' | 'live', judge = judgeGoal): Job {
  const settings = jobsSettings.parse({ 'employment-goal-sweep': { mode } })['employment-goal-sweep'];
  const made = sweepJob(settings, judge);
  if (made === undefined) throw new Error('off');
  return made;
}

describe('the employment-goal sweep', () => {
  let fresh: FreshStore;
  beforeEach(async () => {
    fresh = await freshStore();
  });
  afterEach(() => fresh.drop());

  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index); // prettier-ignore
  const runAt = (at: Date, one: Job): ReturnType<typeof runDue> => runDue(one, at, runDeps(fresh.store, 'here'), going); // prettier-ignore
  const rehearsed = async (): Promise<Looked[]> => {
    const pages = rehearse(fresh.store, inForce(), { perOwner: 10 }, first);
    const all: Looked[] = [];
    for await (const page of pages) all.push(...page);
    return all;
  };

  it('R55 the first run is dry although the job is live, and the ledger says so; the second flags', async () => {
    await bring(fresh.store, [{ number: 1 }, { number: 2, said: { team: null } }]);
    expect(await runAt(first, job('live'))).toBe('done');
    expect(await flagsMade(fresh.store)).toEqual({ people: 0, rows: 0 });
    expect(await ledger(fresh.store, 9)).toMatchObject([
      {
        dueAt: first,
        mode: 'dry',
        first: true,
        state: 'done',
        counts: { people: 2, flag: 1, 'not-covered': 1 },
      },
    ]);
    expect(await runAt(weeksLater(1), job('live'))).toBe('done');
    expect(await flagsMade(fresh.store)).toEqual({ people: 1, rows: 1 });
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ mode: 'live', first: false, state: 'done' });
    expect(await runAt(weeksLater(2), job('live'))).toBe('done');
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({
      people: 2,
      'flag-open': 1,
      'not-covered': 1,
    });
    expect(await flagsMade(fresh.store)).toEqual({ people: 1, rows: 1 });
  });

  it('R55 a first run that met nobody is no first run: the one after it is dry as well', async () => {
    await runAt(first, job('live'));
    await bring(fresh.store, [{ number: 1 }]);
    await runAt(weeksLater(1), job('live'));
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ mode: 'dry', first: true });
    expect(await flagsMade(fresh.store)).toEqual({ people: 0, rows: 0 });
  });

  it('R55 at most ten people to an owner in a week, open ones and those cleared since included', async () => {
    await bring(fresh.store, [
      ...numbers(1, 14).map((number) => ({ number, coordinator: 'C2001' })),
      ...numbers(15, 17).map((number) => ({ number, coordinator: 'C2002' })),
    ]);
    await runAt(first, job('live'));
    await runAt(weeksLater(1), job('live'));
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 17, flag: 13, 'owner-full': 4 });
    // The first owner's ten all record an answer, so that their flags are cleared: in the same week nobody takes their
    // place, in the week after the other four do.
    const answered = numbers(1, 10).map((number) => ({ number, coordinator: 'C2001', said: asked }));
    await bring(fresh.store, answered, new Date(weeksLater(1).getTime() + 60_000));
    await runAt(new Date(weeksLater(1).getTime() + 3_600_000), job('live'));
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 17, 'answer-recorded': 10, 'flag-open': 3, 'owner-full': 4 }); // prettier-ignore
    await runAt(weeksLater(2), job('live'));
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 17, 'answer-recorded': 10, 'flag-open': 3, flag: 4 }); // prettier-ignore
    expect(await flagsMade(fresh.store)).toEqual({ people: 17, rows: 17 });
  });

  it('R55 a co-ordinator whose role has ended is not asked: the champion of the team is', async () => {
    await bring(fresh.store, [
      { number: 1, coordinator: 'C2001' },
      { number: 2, coordinator: 'C2002', roleEnded: '20260930' },
    ]);
    const owners = (await rehearsed()).map(({ owner }) => [owner?.kind, owner?.value]);
    expect(owners).toEqual([['care-coordinator', 'C2001'], ['champion', 'C1001']]); // prettier-ignore
  });

  it('R55 with nobody who may be asked there is no flag, and that is counted', async () => {
    await bring(fresh.store, [{ number: 1, roleEnded: '20260930' }]);
    const current = inForce();
    const { teams } = current.mappings;
    const find: typeof teams.find = (id) => {
      const team = teams.find(id);
      return team === undefined ? undefined : { ...team, champion: undefined, dutyQueue: undefined };
    };
    const nobody = { ...current, mappings: { ...current.mappings, teams: { ...teams, find } } };
    for (const at of [first, weeksLater(1)]) await runDue(job('live'), at, runDeps(fresh.store, 'here', nobody), going); // prettier-ignore
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 1, 'no-owner': 1 });
    expect(await flagsMade(fresh.store)).toEqual({ people: 0, rows: 0 });
  });

  it('everybody is counted by what speaks against a flag, those who only wait included', async () => {
    await bring(fresh.store, [
      { number: 1, goals: 'Find a part-time paid job' },
      { number: 2, said: { ...asked, extra: [] } },
      { number: 3, said: { extra: [] } },
      { number: 4, said: { restricted: true } },
      { number: 5, said: { deceased: true } },
      { number: 6, said: { answer: ['PAID', '20261001'] } },
    ]);
    await runAt(first, job('dry'));
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({
      people: 6, 'goal-recorded': 1, 'answer-recorded': 2, 'content-not-available': 1, restricted: 1, deceased: 1,
    }); // prettier-ignore
  });

  it('a flag is cleared by the sweep where only what counts as a goal has changed', async () => {
    await bring(fresh.store, [{ number: 1, goals: 'To sing in the choir' }]);
    await runAt(first, job('live'));
    await runAt(weeksLater(1), job('live'));
    const current = inForce();
    const widened = { ...current, facts: { ...current.facts, goals: withChoir() } };
    await runDue(job('live'), weeksLater(2), runDeps(fresh.store, 'here', widened), going);
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 1, 'goal-recorded': 1, cleared: 1 });
    await runDue(job('live'), weeksLater(3), runDeps(fresh.store, 'here', widened), going);
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 1, 'goal-recorded': 1 });
  });

  it('nobody is flagged where no destination would show it', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    await runAt(first, job('live'));
    const nowhere = inForce(({ effect }) => effect !== 'flag-no-goal');
    await runDue(job('live'), weeksLater(1), runDeps(fresh.store, 'here', nowhere), going);
    expect((await ledger(fresh.store, 1))[0]?.counts).toEqual({ people: 1, 'no-destination': 1 });
    const own = await sql`select from resource where source = 'ips-bridge'`.execute(fresh.store.other);
    expect(own.rows).toHaveLength(0);
  });

  it('a flag is a decision with its row in the record and its audit entry, made at the time the run was due', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    await runAt(first, job('live'));
    await runAt(weeksLater(1), job('live'));
    const { rows } = await sql`
      select o.state, o.decision ->> 'decidedAt' as decided, r.body ->> 'status' as task, a.actor, a.at
      from outbox o join resource r on r.source = 'ips-bridge' and r.source_id = o.key
      join audit a on a.outbox_id = o.id and a.action = 'decided'`.execute(fresh.store.other);
    const due = weeksLater(1);
    expect(rows).toEqual([
      { state: 'pending', decided: due.toISOString(), task: 'requested', actor: 'service', at: due },
    ]);
  });

  it('a dry run leaves nothing but its row in the ledger', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    const before = await stored();
    await runAt(first, job('dry'));
    await runAt(weeksLater(1), job('dry'));
    expect(await stored()).toEqual(before);
    expect(await ledger(fresh.store, 9)).toMatchObject([
      { mode: 'dry', first: false, counts: { flag: 1 } },
      { mode: 'dry', first: true, counts: { flag: 1 } },
    ]);
  });

  async function stored(): Promise<unknown> {
    const { rows } =
      await sql`select (select count(*) from resource) as resources, (select count(*) from outbox) as effects,
      (select count(*) from audit) as audit`.execute(fresh.store.other);
    return rows;
  }

  it('a record that cannot be judged is counted; the others are flagged', async () => {
    await bring(fresh.store, [{ number: 1 }, { number: 2, coordinator: 'C2002' }]);
    const faulty: typeof judgeGoal = (facts) => {
      const { careCoordinator: owner } = facts;
      if (owner.state === 'present' && owner.value.value === 'C2002') throw new RangeError('of one record');
      return judgeGoal(facts);
    };
    await runAt(first, job('live', faulty));
    await runAt(weeksLater(1), job('live', faulty));
    expect((await ledger(fresh.store, 1))[0]).toMatchObject({ state: 'done', counts: { people: 2, failed: 1, flag: 1 } }); // prettier-ignore
  });

  it('a run that fails says why in the ledger, and the next due run tries again', async () => {
    await bring(fresh.store, [{ number: 1 }]);
    const broken = { ...runDeps(fresh.store, 'here'), current: () => { throw new BridgeError('config/broken', 'of this test'); } }; // prettier-ignore
    expect(await runDue(job('live'), first, broken, going)).toBe('failed');
    expect(await ledger(fresh.store, 1)).toMatchObject([
      { state: 'failed', failure: { kind: 'config/broken', message: 'of this test' } },
    ]);
    expect(await runAt(first, job('live'))).toBe('known');
    expect(await runAt(weeksLater(1), job('live'))).toBe('done');
  });
});

/** The definition of the product, in which singing is paid work. */
function withChoir(): ReturnType<typeof readGoalDefinition> {
  const tree = new Map(readMappingTree(join(import.meta.dirname, '../../mappings'), 'RZZ'));
  const name = 'employment-goal.yaml';
  const { file = '', text = '' } = tree.get(name) ?? {};
  tree.set(name, {
    file,
    text: text.replace('- earn a living\n', '- earn a living\n    - sing in the choir\n'),
  });
  return readGoalDefinition(tree);
}
