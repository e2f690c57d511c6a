// SIGTERM in the middle of everything (R46): the service ends by itself within 10 s and loses nothing; what it had
// begun at the EPR is finished after the next start, once.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { effectCounts } from '../../src/store/effects.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { adt, eprOf, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import { sendAll, settled } from '../support/line.ts';
import { linesOf, startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const people = Array.from({ length: 200 }, (_, index) => testPerson(index + 1));
const wish = (person: TestPerson): Buffer =>
  adt(person, { controlId: person.local, answer: ['PAID', '20260901'] });

let database: FreshDatabase;
let store: Store;
let epr: Epr;
let trust: TestTrust;
let service: Service;

beforeEach(async () => {
  database = await freshDatabase();
  epr = await startEpr({ port: 0 });
  await epr.load(eprOf(people));
  trust = await testTrust({ feeds: 2, databaseUrl: database.url, eprUrl: epr.url });
  service = startService(trust);
  await service.ready;
  store = await openStore({ url: () => database.url }, { log: createLog('silent') });
});

afterEach(async () => {
  service.process.kill('SIGKILL');
  await service.ended;
  await store.close();
  await epr.close();
  await database.drop();
  trust.remove();
});

/** Tells it to stop; how it ended, and after how long. */
async function stop(signal: 'SIGTERM' | 'SIGINT'): Promise<{ code: number | null; ms: number }> {
  const started = performance.now();
  service.process.kill(signal);
  const code = await service.ended;
  return { code, ms: performance.now() - started };
}

async function expectEachOnce(about: readonly TestPerson[]): Promise<void> {
  const patients = new Map(
    (await epr.resources('Patient')).map(({ id, identifier }) => [`Patient/${id}`, identifier?.[0]?.value]),
  );
  const proposed = (await epr.resources('ServiceRequest')).map(({ subject }) =>
    patients.get(subject.reference ?? ''),
  );
  expect(proposed.toSorted()).toEqual(about.map(({ local }) => local).toSorted());
  expect(await epr.resources('Task')).toHaveLength(about.length);
}

describe('SIGTERM', () => {
  it('R46 under load: exit 0 within 10 s, every acknowledged message stored once, every effect once', async () => {
    // Senders that go on until they are told nothing any more, and keep what was not acknowledged.
    const acknowledged: string[] = [];
    const senders = Array.from({ length: 4 }, async (_, lane) => {
      const client = await openMllpClient({ host: '127.0.0.1', port: trust.feeds[lane % 2]?.port ?? 0 });
      for (const person of people.filter(({ number }) => number % 4 === lane)) {
        const sent = await client.send(wish(person));
        if (sent.outcome !== 'acknowledged') break;
        acknowledged.push(sent.controlId);
      }
      await client.close();
    });
    await until('the load is on', () => Promise.resolve(acknowledged.length > 60), 10_000);
    const { code, ms } = await stop('SIGTERM');
    await Promise.all(senders);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(acknowledged.length).toBeLessThan(people.length);
    expect(linesOf(service.output()).filter(({ level }) => level === 'error')).toEqual([]);
    const stored = (await storedMessages(store)).map(({ controlId }) => controlId);
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);

    service = startService(trust);
    await service.ready;
    // What had no answer is sent again, as a sender does; what had one too, as a confused one does.
    const left = people.filter(({ local }) => !acknowledged.includes(local));
    await sendAll(trust.feeds[0]?.port ?? 0, left.filter(({ number }) => number % 2 === 0).map(wish));
    await sendAll(trust.feeds[1]?.port ?? 0, left.filter(({ number }) => number % 2 === 1).map(wish));
    await settled(store);
    expect(await storedMessages(store)).toHaveLength(people.length);
    await expectEachOnce(people);
  });

  it('R14 R46 what the EPR has taken and not yet answered is left to its lease, and finished once after the start', async () => {
    const about = people.slice(0, 3);
    epr.setFaults(({ path }) => (path === '/' ? { kind: 'slow', ms: 12_000, when: 'after' } : undefined));
    await sendAll(trust.feeds[0]?.port ?? 0, about.map(wish));
    await until('the EPR holds them all', async () => (await epr.resources('ServiceRequest')).length === 3);
    const { code, ms } = await stop('SIGINT');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    epr.setFaults(undefined);
    const unsettled = (await effectCounts(store)).reduce((sum, { rows }) => sum + rows, 0);
    expect(unsettled).toBe(3);

    service = startService(trust);
    await service.ready;
    await settled(store, 20_000);
    await expectEachOnce(about);
    const asked = epr.requests.filter(({ method, path }) => method === 'POST' && path === '/');
    expect(asked).toHaveLength(3);
  });

  it('R46 with nothing to do it takes no time, and an idle sender is told by the end of the connection', async () => {
    const client = await openMllpClient({ host: '127.0.0.1', port: trust.feeds[0]?.port ?? 0 });
    const { code, ms } = await stop('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
    await until('the connection has ended', () => Promise.resolve(!client.isOpen()), 2_000);
    await client.close();
  });
});
