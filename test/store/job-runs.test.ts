// The ledger by itself: who begins a run, who holds it, what a lease that has lapsed allows.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inTransaction } from '../../src/store/database.ts';
import {
  advanceRun, endRun, lastDue, ledger, releaseRun, renewRun, startRun, takeOverRun,
} from '../../src/store/job-runs.ts'; // prettier-ignore
import type { JobRun } from '../../src/store/job-runs.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';

const dueAt = new Date('2026-10-19T05:30:00Z');
const later = new Date('2026-10-26T06:30:00Z');
const wanted = { job: 'sweep', dueAt, mode: 'live', owner: 'here' } as const;
const minute = 60_000;

describe('the ledger of runs', () => {
  let fresh: FreshStore;
  beforeEach(async () => {
    fresh = await freshStore();
  });
  afterEach(() => fresh.drop());

  async function started(
    over: Partial<Parameters<typeof startRun>[1]> = {},
    lease = minute,
  ): Promise<JobRun> {
    const start = await startRun(fresh.store, { ...wanted, ...over }, lease);
    if (start.outcome !== 'started') throw new Error(start.outcome);
    return start.run;
  }
  const advance = (run: JobRun, doneUpTo: number): Promise<boolean> =>
    inTransaction(fresh.store, (tx) =>
      advanceRun(tx, run, { doneUpTo, counts: { people: doneUpTo } }, minute),
    );

  it('R47 of many who begin the same due run at once one has it', async () => {
    const starts = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        startRun(fresh.store, { ...wanted, owner: `o${index}` }, minute),
      ),
    );
    expect(starts.filter(({ outcome }) => outcome === 'started')).toHaveLength(1);
    expect(await ledger(fresh.store, 9)).toHaveLength(1);
  });

  it('a later due time waits while a run is under way, and an earlier one is over once it has ended', async () => {
    const run = await started({ dueAt: later });
    expect(await startRun(fresh.store, { ...wanted, dueAt: new Date(later.getTime() + minute) }, minute)).toEqual({ outcome: 'busy' }); // prettier-ignore
    expect(await startRun(fresh.store, { ...wanted, job: 'other' }, minute)).toMatchObject({
      outcome: 'started',
    });
    await endRun(fresh.store, run);
    expect(await startRun(fresh.store, wanted, minute)).toEqual({ outcome: 'known' });
    expect(await lastDue(fresh.store, 'sweep')).toEqual(later);
    expect(await lastDue(fresh.store, 'never')).toBeUndefined();
  });

  it('a lease that holds is not taken; one that has lapsed or was given back is, with how far the run has come', async () => {
    const run = await started();
    expect(await advance(run, 200)).toBe(true);
    expect(await takeOverRun(fresh.store, 'sweep', 'there', minute)).toBeUndefined();
    await releaseRun(fresh.store, run);
    const taken = await takeOverRun(fresh.store, 'sweep', 'there', 1);
    expect(taken).toMatchObject({
      row: run.row,
      owner: 'there',
      doneUpTo: 200,
      counts: { people: 200 },
      dueAt,
    });
    await new Promise((done) => setTimeout(done, 20));
    expect(await takeOverRun(fresh.store, 'sweep', 'third', minute)).toMatchObject({ owner: 'third' });
  });

  it('R47 whoever has lost a run can neither renew nor advance nor end it', async () => {
    const run = await started();
    await releaseRun(fresh.store, run);
    await takeOverRun(fresh.store, 'sweep', 'there', minute);
    expect(await renewRun(fresh.store, run, minute)).toBe(false);
    expect(await advance(run, 400)).toBe(false);
    await endRun(fresh.store, run, { kind: 'internal/test', message: 'late' });
    expect(await ledger(fresh.store, 1)).toMatchObject([{ state: 'running', failure: null, counts: {} }]);
  });

  it('R55 a job is dry until a run has been carried through that met somebody; a failed one does not count', async () => {
    const modes: string[] = [];
    const endings = [{ people: 0 }, { people: 3, fails: true }, { people: 3 }, { people: 3 }];
    for (const [index, { people, fails }] of endings.entries()) {
      const run = await started({ dueAt: new Date(dueAt.getTime() + index * minute) });
      modes.push(run.mode);
      await advance(run, people);
      await endRun(
        fresh.store,
        run,
        fails === true ? { kind: 'internal/test', message: 'of this test' } : undefined,
      );
    }
    expect(modes).toEqual(['dry', 'dry', 'dry', 'live']);
    expect((await ledger(fresh.store, 9)).map(({ first, state }) => [first, state]).reverse()).toEqual([
      [true, 'done'], [true, 'failed'], [true, 'done'], [false, 'done'],
    ]); // prettier-ignore
  });
});
