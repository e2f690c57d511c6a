import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { maxAttempts } from '../../src/pipeline/retry.ts';
import { whileHolding } from '../../src/pipeline/deliver-lease.ts';
import type { Answer, Delivery, Prepared } from '../../src/pipeline/destination.ts';
import { claim, pauses } from '../../src/store/delivery.ts';
import { replayEffect } from '../../src/store/effects.ts';
import { freshStore } from '../support/database.ts';
import { answered500, delivering, notLanded, silent } from './scripted-destination.ts';

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());
const { deps, says, deliver, ask, hurry, rows, empty } = delivering(store);
const operator = { kind: 'operator', name: 'tester' } as const;
const never = new AbortController().signal;

async function only() {
  const [row, another] = await rows();
  if (row === undefined || another !== undefined) throw new TypeError('expected one row');
  return row;
}

describe('deliver', () => {
  beforeEach(async () => {
    await empty();
    await says('PAID', '20260901');
  });

  it('R17 a write that the server fails each time, and that is never there, waits longer and longer and is held', async () => {
    let sent = 0;
    const failing = deps({
      send: () => {
        sent += 1;
        return Promise.resolve<Delivery>({ outcome: 'ambiguous', ...answered500 });
      },
    });
    const waits: number[] = [];
    for (let round = 0; (await only()).state !== 'held' && round < 20; round += 1) {
      await hurry();
      await deliver(failing);
      await hurry();
      await ask(failing);
      waits.push((await only()).waits);
    }
    expect(sent).toBe(maxAttempts);
    expect(waits.slice(0, 3).map(Math.ceil)).toEqual([2, 3, 6]);
    expect(await only()).toMatchObject({ state: 'held', inDoubt: false, kind: 'delivery/http-500' });
  });

  it('what was never answered, and is not there, is sent again at once', async () => {
    const lost = deps({ send: () => Promise.resolve<Delivery>({ outcome: 'ambiguous', ...silent }) });
    lost.breaker.failed();
    await deliver(lost);
    await hurry();
    await ask(lost);
    expect(await only()).toMatchObject({ state: 'pending', failures: 0, inDoubt: false });
    expect((await only()).waits).toBeLessThanOrEqual(0);
  });

  it('R17 questions that fail by themselves end in a hold that is in doubt, and a replay asks first', async () => {
    let sent = 0;
    const failing = deps({
      send: () => {
        sent += 1;
        return Promise.resolve<Delivery>({ outcome: 'ambiguous', ...answered500 });
      },
      ask: () => Promise.resolve<Answer>({ outcome: 'transient', ...answered500 }),
    });
    await deliver(failing);
    for (let round = 0; (await only()).state !== 'held' && round < 20; round += 1) {
      await hurry();
      await ask(failing);
    }
    const held = await only();
    expect(held).toMatchObject({ state: 'held', inDoubt: true, kind: 'delivery/http-500' });
    expect(await replayEffect(store, held.id, operator, new Date())).toBe(true);
    await deliver(failing);
    expect(sent).toBe(1);
    await ask(deps({ ask: () => Promise.resolve<Answer>({ outcome: 'landed', references: [] }) }));
    expect((await only()).state).toBe('delivered');
  });

  it('questions that fail because the destination is away pause it and count for nobody', async () => {
    const away = deps({
      send: () => Promise.resolve<Delivery>({ outcome: 'ambiguous', ...silent }),
      ask: () => Promise.resolve<Answer>({ outcome: 'transient', ...silent }),
    });
    away.breaker.failed();
    await deliver(away);
    for (let round = 0; round < maxAttempts + 2; round += 1) {
      await hurry();
      await ask(away);
      expect(await pauses(store)).toHaveLength(1);
    }
    expect(await only()).toMatchObject({ state: 'ambiguous', failures: 0 });
  });

  it('R17 silence about one effect, while others get through, is counted and ends in a hold', async () => {
    const one = deps({ prepare: () => Promise.resolve<Prepared>({ outcome: 'transient', ...silent }) });
    for (let round = 0; round < maxAttempts; round += 1) {
      expect(await only()).toMatchObject({ state: 'pending', failures: round });
      await hurry();
      await deliver(one);
      one.breaker.succeeded();
    }
    expect(await only()).toMatchObject({ state: 'held', kind: 'delivery/timeout' });
    expect(await pauses(store)).toEqual([]);
  });

  it('silence time after time, while nothing gets through, pauses the destination and holds nothing', async () => {
    const away = deps({ prepare: () => Promise.resolve<Prepared>({ outcome: 'transient', ...silent }) });
    for (let round = 0; round < maxAttempts + 2; round += 1) {
      await hurry();
      await deliver(away);
    }
    expect(await only()).toMatchObject({ state: 'pending', failures: 1 });
    expect(await pauses(store)).toMatchObject([{ destination: 'epr', reason: silent.message }]);
  });

  it('R17 a server that asks to be tried again after no time at all is not asked for ever', async () => {
    const pressing = { ...silent, retryAfterMs: 0 };
    const one = deps({ prepare: () => Promise.resolve<Prepared>({ outcome: 'transient', ...pressing }) });
    for (let round = 0; round < maxAttempts; round += 1) {
      await hurry();
      await deliver(one);
      one.breaker.succeeded();
    }
    expect((await only()).state).toBe('held');
  });

  const fault = (): never => {
    throw new RangeError('Invalid time value');
  };

  it('a fault while preparing holds the effect with nothing in doubt', async () => {
    await deliver(deps({ prepare: fault }));
    expect(await only()).toMatchObject({ state: 'held', inDoubt: false, kind: 'internal/unexpected' });
  });

  it('a fault while sending holds it in doubt, and the bytes stay', async () => {
    await deliver(deps({ send: fault }));
    const held = await only();
    expect(held).toMatchObject({ state: 'held', inDoubt: true, message: 'unexpected RangeError' });
    await replayEffect(store, held.id, operator, new Date());
    const asked: string[] = [];
    await ask(
      deps({
        ask: (_job, bytes) => {
          asked.push(bytes.toString());
          return Promise.resolve(notLanded);
        },
      }),
    );
    expect(asked).toEqual(['bytes']);
  });

  it('a fault while asking holds it in doubt', async () => {
    await deliver(deps({ send: () => Promise.resolve<Delivery>({ outcome: 'ambiguous', ...answered500 }) }));
    await hurry();
    await ask(deps({ ask: fault }));
    expect(await only()).toMatchObject({ state: 'held', inDoubt: true });
  });

  it('a fault of the database holds nothing: the row waits for its lease', async () => {
    const shutDown = Object.assign(new Error('terminating connection'), { code: '57P01' });
    await expect(deliver(deps({ prepare: () => Promise.reject(shutDown) }))).rejects.toBe(shutDown);
    expect((await only()).state).toBe('sending');
  });
});

describe('the lease of a claim', () => {
  beforeEach(async () => {
    await empty();
    await says('PAID', '20260901');
  });

  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const aborted = (signal: AbortSignal) =>
    new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('gave up')));

  it('is kept for as long as the work takes', async () => {
    const effect = (await claim(store, 'epr', 'worker', 600))!;
    await whileHolding(deps({}), effect, never, () => wait(1_200), 600);
    expect((await only()).lease).toBeGreaterThan(0);
  });

  it('R46 whose lease has lapsed meanwhile is told, and gives up what it is at', async () => {
    const effect = (await claim(store, 'epr', 'worker', 600))!;
    await sql`update outbox set lease_until = clock_timestamp()`.execute(store.other);
    expect(await whileHolding(deps({}), effect, never, aborted, 600)).toBe('gave up');
  });

  it('R46 who cannot reach the database gives up before the lease ends', async () => {
    const away = await freshStore();
    await away.drop();
    const began = performance.now();
    const work = whileHolding(deps({}, { store: away.store }), { row: 1, attempt: 1 }, never, aborted, 1_500);
    expect(await work).toBe('gave up');
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('ends with whoever stops the service', async () => {
    const effect = (await claim(store, 'epr', 'worker', 15_000))!;
    const stopping = new AbortController();
    const work = whileHolding(deps({}), effect, stopping.signal, aborted);
    stopping.abort();
    expect(await work).toBe('gave up');
  });
});
