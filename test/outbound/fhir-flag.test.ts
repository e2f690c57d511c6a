// "No employment goal or conversation recorded" in the sandbox's EPR: as a Flag, and as a Task of a weekly digest.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import { bytesOf, deliver, destinationAt, people, signal } from './destination-fixture.ts';
import { clearing, flag } from './note-fixture.ts';

let epr: Epr;
let asFlag: Destination;
let asTask: Destination;
const others: Epr[] = [];
beforeEach(async () => {
  epr = await startEpr({ port: 0 });
  await epr.load(people);
  asFlag = destinationAt(epr.url, undefined, { flagAs: 'flag' });
  asTask = destinationAt(epr.url, undefined, { flagAs: 'digest-task' });
});
afterEach(async () => {
  for (const each of [epr, ...others.splice(0)]) await each.close();
});

describe('as a Flag', () => {
  it('is administrative, about the person, once, and asks nobody', async () => {
    expect(asFlag.asks('flag-no-goal')).toBe(false);
    const bytes = await bytesOf(asFlag, flag());
    const first = await asFlag.send(flag(), bytes, signal);
    expect(await asFlag.send(flag(), bytes, signal)).toEqual(first);
    expect(await epr.resources('Flag')).toMatchObject([
      {
        status: 'active',
        category: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/flag-category', code: 'admin' }] },
        ],
        code: { text: 'No employment goal or conversation recorded' },
        subject: { reference: 'Patient/p1' },
        period: { start: '2026-03-01T12:00:00.000Z' },
      },
    ]);
    expect(await epr.resources('Task')).toEqual([]);
  });

  it('is inactive, with its end, once it is cleared', async () => {
    await deliver(asFlag, flag());
    expect(await deliver(asFlag, clearing())).toMatchObject({ outcome: 'delivered' });
    expect(await epr.resources('Flag')).toMatchObject([
      {
        status: 'inactive',
        period: { start: '2026-03-01T12:00:00.000Z', end: '2026-04-01T08:00:00.000Z' },
      },
    ]);
    expect(await asFlag.prepare(clearing(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('has nothing to clear where it was never made', async () => {
    expect(await asFlag.prepare(clearing(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it.each([409, 412] as const)(
    'R16 is decided again where somebody changed it in between (%s)',
    async (conflictStatus) => {
      const strict = await startEpr({ port: 0, conflictStatus });
      others.push(strict);
      await strict.load(people);
      const other = destinationAt(strict.url, undefined, { flagAs: 'flag' });
      await deliver(other, flag());
      const bytes = await bytesOf(other, clearing());
      const [made] = await strict.resources('Flag');
      await strict.load([{ ...made!, status: 'entered-in-error' }]);
      expect(await other.send(clearing(), bytes, signal)).toMatchObject({ outcome: 'stale' });
      expect(await strict.resources('Flag')).toMatchObject([{ status: 'entered-in-error' }]);
      expect(await other.prepare(clearing(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
    },
  );

  it('R14 is found when the reply was lost, and so is its end', async () => {
    for (const wanted of [flag(), clearing()]) {
      const bytes = await bytesOf(asFlag, wanted);
      expect(await asFlag.ask(wanted, bytes, signal)).toEqual({ outcome: 'not-landed' });
      epr.setFaults(scriptedFaults([{ method: 'POST', path: '/', fault: { kind: 'lost-reply' } }]));
      expect(await asFlag.send(wanted, bytes, signal)).toMatchObject({ outcome: 'ambiguous' });
      const [made] = await epr.resources('Flag');
      expect(await asFlag.ask(wanted, bytes, signal)).toEqual({
        outcome: 'landed',
        references: [`Flag/${made?.id}`],
      });
    }
  });
});

describe('as a Task of a digest', () => {
  it('is for its owner, about one person, in the list of that owner’s week', async () => {
    expect(asTask.asks('flag-no-goal')).toBe(true);
    await deliver(asTask, flag());
    const [task, ...more] = await epr.resources('Task');
    expect(more).toEqual([]);
    expect(task).toMatchObject({
      status: 'requested',
      code: { coding: [{ code: 'flag-no-goal' }] },
      groupIdentifier: { system: 'urn:x-ips-bridge:digest', value: '2026-W09/C1234' },
      owner: { reference: 'Practitioner/asha' },
      for: { reference: 'Patient/p1' },
    });
    expect(await epr.resources('Flag')).toEqual([]);
  });

  it('is cancelled once it is cleared, saying why', async () => {
    await deliver(asTask, flag());
    await deliver(asTask, clearing());
    expect(await epr.resources('Task')).toMatchObject([
      {
        status: 'cancelled',
        note: [
          { text: 'Cleared on 1 April 2026: an answer has been recorded. Nothing more needs to be done.' },
        ],
      },
    ]);
  });

  it('stays as it is where its owner has done what it asked for', async () => {
    await deliver(asTask, flag());
    const [task] = await epr.resources('Task');
    await epr.load([{ ...task!, status: 'completed' }]);
    expect(await asTask.prepare(clearing(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });
});

describe('after the setting was changed', () => {
  it('clears the Task that was made before, and the Flag that was made before', async () => {
    await deliver(asTask, flag());
    expect(await deliver(asFlag, clearing())).toMatchObject({ outcome: 'delivered' });
    expect(await epr.resources('Task')).toMatchObject([{ status: 'cancelled' }]);
    const another = { key: 'employment-goal-sweep/status/2' };
    await deliver(asFlag, flag(another));
    const cleared = clearing();
    const decision = { ...cleared.decision, ...another };
    expect(await deliver(asTask, { ...cleared, decision })).toMatchObject({ outcome: 'delivered' });
    expect(await epr.resources('Flag')).toMatchObject([{ status: 'inactive' }]);
  });

  it('an EPR that does not serve the other type has nothing of it', async () => {
    const fault = { kind: 'status', status: 404 } as const;
    epr.setFaults(scriptedFaults([{ path: '/Flag/_search', fault }]));
    expect(await asTask.prepare(clearing(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
    epr.setFaults(scriptedFaults([{ path: '/Flag/_search', fault }]));
    expect(await asFlag.prepare(clearing(), signal)).toMatchObject({ outcome: 'refused' });
  });
});
