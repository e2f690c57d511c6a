// The order and the deadline of a stop (R46), with parts that hang, fail, or end as they should.
import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { stopAll } from '../../src/pipeline/shutdown.ts';
import type { Part, Running } from '../../src/pipeline/shutdown.ts';

const log = createLog('silent');
const never = (): Promise<void> => new Promise(() => undefined);

describe('a stop', () => {
  it('R46 ends the intake before the work, and the store last; sending ends from the beginning on', async () => {
    const told: string[] = [];
    const part = (name: string, ms = 0): Part => ({
      name,
      stop: async () => {
        told.push(name);
        await sleep(ms);
        told.push(`${name} ended`);
      },
    });
    const running: Running = { intake: [part('listener', 50)], delivery: [part('deliver', 100)], work: [part('process')], store: part('store') }; // prettier-ignore
    await stopAll(running, log);
    await stopAll(running, log);
    expect(told).toEqual([
      'deliver', 'listener', 'listener ended', 'process', 'process ended', 'deliver ended', 'store', 'store ended',
    ]); // prettier-ignore
  });

  it('R46 goes on to the store where a part fails', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('broken'));
    let closed = false;
    const store = { name: 'store', stop: () => void (closed = true) };
    await stopAll({ intake: [{ name: 'http', stop: failing }], delivery: [], work: [], store }, log);
    expect(closed).toBe(true);
  });

  it('R46 takes less than 10 s where everything hangs, and tells the senders before the deadline to give up', async () => {
    let given = 0;
    const hanging = { name: 'hangs', stop: never };
    const sending = { name: 'deliver', stop: (graceMs: number) => ((given = graceMs), never()) };
    const started = performance.now();
    await stopAll({ intake: [hanging], delivery: [sending], work: [hanging], store: hanging }, log);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(given).toBeLessThan(8_000);
  });
});
