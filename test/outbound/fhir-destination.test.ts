// The FHIR destination against the sandbox's EPR: what is written, once, and what becomes of lost replies.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import { steadyPort } from '../support/ports.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';
import type { Fault } from '../../src/sandbox/epr/faults.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import {
  bytesOf,
  canaries,
  deliver,
  destinationAt,
  job,
  patient,
  people,
  signal,
  withdrawal,
} from './destination-fixture.ts';

let epr: Epr;
let destination: Destination;
let token = 'first';
beforeEach(async () => {
  token = 'first';
  epr = await startEpr({ port: await steadyPort(), token: () => token });
  await epr.load(people);
  destination = destinationAt(epr.url, () => token);
});
const others: Epr[] = [];
afterEach(async () => {
  for (const each of [epr, ...others.splice(0)]) await each.close();
});

const onTransaction = (fault: Fault, times = 1) =>
  epr.setFaults(scriptedFaults([{ method: 'POST', path: '/', times, fault }]));
const counts = async () => [
  (await epr.resources('ServiceRequest')).length,
  (await epr.resources('Task')).length,
];

describe('a proposal', () => {
  it('is a draft ServiceRequest and a Task for the owner, about the right Patient', async () => {
    const delivery = await deliver(destination, job());
    const [request] = await epr.resources('ServiceRequest');
    const [task] = await epr.resources('Task');
    expect(request).toMatchObject({
      intent: 'proposal',
      status: 'draft',
      subject: { reference: 'Patient/p1' },
    });
    expect(task).toMatchObject({
      owner: { reference: 'Practitioner/asha' },
      focus: { reference: `ServiceRequest/${request?.id}` },
    });
    expect(delivery).toEqual({
      outcome: 'delivered',
      confirmed: true,
      references: [`ServiceRequest/${request?.id}`, `Task/${task?.id}`],
    });
  });

  it('R15 succeeds again, and makes nothing more, when it is there already', async () => {
    const bytes = await bytesOf(destination, job());
    const first = await destination.send(job(), bytes, signal);
    expect(await destination.send(job(), bytes, signal)).toEqual(first);
    expect(await counts()).toEqual([1, 1]);
  });

  it('R15 is held when several resources carry our identifier', async () => {
    const bytes = await bytesOf(destination, job());
    await destination.send(job(), bytes, signal);
    const [task] = await epr.resources('Task');
    await epr.load([{ ...task!, id: 'copy' }]);
    expect(await destination.send(job(), bytes, signal)).toMatchObject({
      outcome: 'permanent',
      kind: 'delivery/several-matches',
    });
    expect(await destination.ask(job(), bytes, signal)).toMatchObject({ outcome: 'unclear' });
  });

  it('R18 is not made for somebody who has died, nor where the person is not certain', async () => {
    await epr.load([{ ...patient, deceasedBoolean: true }]);
    expect(await destination.prepare(job(), signal)).toMatchObject({ outcome: 'nothing-to-do' });
    await epr.load([{ ...patient, birthDate: '1979-01-01' }]);
    expect(await destination.prepare(job(), signal)).toMatchObject({ outcome: 'refused' });
    expect(await counts()).toEqual([0, 0]);
  });

  it('R18 is checked again before a repeat, and rendered anew for the survivor of a merge', async () => {
    const frozen = await bytesOf(destination, job());
    expect(await destination.prepare({ ...job(), frozen }, signal)).toEqual({
      outcome: 'ready',
      bytes: frozen,
    });
    const link = [{ other: { reference: 'Patient/p2' }, type: 'replaced-by' } as const];
    await epr.load([
      { ...patient, id: 'p2' },
      { ...patient, active: false, link },
    ]);
    expect(await destination.prepare({ ...job(), frozen }, signal)).toEqual({ outcome: 'readdressed' });
    await epr.load([{ ...patient, id: 'p2', birthDate: '1979-01-01' }]);
    expect(await destination.prepare({ ...job(), frozen }, signal)).toMatchObject({ outcome: 'refused' });
  });

  it('R38 leaves no number, name or date in a URL or a message', async () => {
    const told: unknown[] = [await deliver(destination, job())];
    const bytes = await bytesOf(destination, job());
    for (const fault of [{ kind: 'lost-reply' }, { kind: 'status', status: 422 }] as const) {
      onTransaction(fault);
      told.push(await destination.send(job(), bytes, signal));
      epr.setFaults(scriptedFaults([{ times: 9, fault }]));
      told.push(await destination.prepare(job(), signal), await destination.ask(job(), bytes, signal));
    }
    const text = JSON.stringify([told, epr.requests]);
    for (const canary of canaries) expect(text).not.toContain(canary);
    expect(epr.requests.filter(({ query }) => query)).toEqual([]);
  });
});

describe('lost and late replies', () => {
  it.each(['lost-reply', 'truncated'] as const)(
    'R14 the EPR committed and its reply is lost (%s): asking finds it, exactly one',
    async (kind) => {
      onTransaction({ kind });
      const bytes = await bytesOf(destination, job());
      expect(await destination.send(job(), bytes, signal)).toMatchObject({ outcome: 'ambiguous' });
      const answer = await destination.ask(job(), bytes, signal);
      expect(answer).toMatchObject({
        outcome: 'landed',
        references: [/^ServiceRequest/, /^Task/].map((each) => expect.stringMatching(each)),
      });
      expect(await counts()).toEqual([1, 1]);
    },
  );

  it('R17 asks before it writes again when the request itself was lost', async () => {
    onTransaction({ kind: 'lost-request' });
    const bytes = await bytesOf(destination, job());
    expect(await destination.send(job(), bytes, signal)).toMatchObject({ outcome: 'ambiguous' });
    expect(await destination.ask(job(), bytes, signal)).toEqual({ outcome: 'not-landed' });
    expect(await destination.send(job(), bytes, signal)).toMatchObject({ outcome: 'delivered' });
    expect(await counts()).toEqual([1, 1]);
  });

  it('R14 a request that is carried out after we gave up on it still makes one', async () => {
    onTransaction({ kind: 'slow', ms: 1300, when: 'before' });
    const bytes = await bytesOf(destination, job());
    expect(await destination.send(job(), bytes, signal)).toMatchObject({ kind: 'delivery/timeout' });
    expect(await destination.ask(job(), bytes, signal)).toEqual({ outcome: 'not-landed' });
    expect(await destination.send(job(), bytes, signal)).toMatchObject({ outcome: 'delivered' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(epr.requests.filter(({ path }) => path === '/')).toHaveLength(2);
    expect(await counts()).toEqual([1, 1]);
  });

  it('R17 pauses the destination when nobody listens, and does not call it ambiguous', async () => {
    const bytes = await bytesOf(destination, job());
    await epr.shut();
    // The client has to notice that its idle connections were closed; before that, it cannot tell.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await destination.send(job(), bytes, signal)).toMatchObject({
      outcome: 'transient',
      pausesDestination: true,
    });
    expect(await destination.ask(job(), bytes, signal)).toMatchObject({ outcome: 'transient' });
    expect(await destination.prepare(job(), signal)).toMatchObject({ outcome: 'transient' });
    await epr.open();
    expect(await destination.send(job(), bytes, signal)).toMatchObject({ outcome: 'delivered' });
  });

  it('R17 takes a new token after a 401', async () => {
    const bytes = await bytesOf(destination, job());
    let asked = 0;
    const renewing = destinationAt(epr.url, () => (asked++ === 0 ? 'old' : token));
    expect(await renewing.send(job(), bytes, signal)).toMatchObject({ outcome: 'delivered' });
    const without = destinationAt(epr.url, () => 'old');
    expect(await without.send(job(), bytes, signal)).toMatchObject({
      outcome: 'transient',
      pausesDestination: true,
    });
  });
});

describe('a withdrawal', () => {
  it('revokes the proposal, cancels the task, and says so again when asked', async () => {
    await deliver(destination, job());
    const bytes = await bytesOf(destination, job(withdrawal));
    expect(await destination.ask(job(withdrawal), bytes, signal)).toEqual({ outcome: 'not-landed' });
    expect(await destination.send(job(withdrawal), bytes, signal)).toMatchObject({ outcome: 'delivered' });
    expect(await epr.resources('ServiceRequest')).toMatchObject([{ status: 'revoked' }]);
    expect(await epr.resources('Task')).toMatchObject([{ status: 'cancelled' }]);
    expect(await destination.ask(job(withdrawal), bytes, signal)).toMatchObject({ outcome: 'landed' });
    expect(await destination.prepare(job(withdrawal), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('has nothing to do where nothing was made', async () => {
    expect(await destination.prepare(job(withdrawal), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it.each([409, 412] as const)(
    'R16 is stale where somebody changed the task in between (%s)',
    async (conflictStatus) => {
      const strict = await startEpr({ port: 0, conflictStatus });
      others.push(strict);
      await strict.load(people);
      const other = destinationAt(strict.url);
      await deliver(other, job());
      const bytes = await bytesOf(other, job(withdrawal));
      const [task] = await strict.resources('Task');
      await strict.load([{ ...task!, status: 'accepted' }]);
      expect(await other.send(job(withdrawal), bytes, signal)).toMatchObject({ outcome: 'stale' });
      expect(await strict.resources('Task')).toMatchObject([{ status: 'accepted' }]);
      expect(await strict.resources('ServiceRequest')).toMatchObject([{ status: 'draft' }]);
    },
  );

  it('leaves a note instead where the task was accepted', async () => {
    await deliver(destination, job());
    const [task] = await epr.resources('Task');
    await epr.load([{ ...task!, status: 'accepted' }]);
    expect(await deliver(destination, job(withdrawal))).toMatchObject({ outcome: 'delivered' });
    const [noted] = await epr.resources('Task');
    expect(noted).toMatchObject({ status: 'accepted' });
    expect(noted?.note?.length).toBeGreaterThan(task?.note?.length ?? 0);
  });
});
