// Two services on one database, with the same feeds and the same destination (R46, R47): each message and each effect
// once, whoever carries it; one that dies or freezes delays the rest by less than 20 s; one that wakes up does
// nothing twice.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { storedMessages } from '../support/history.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { adt, eprOf, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { sendAll, settled } from '../support/line.ts';
import { isReady, linesOf, metricOf, startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const feeds = 4;
const people = Array.from({ length: 240 }, (_, index) => testPerson(index + 1));

interface Pair {
  readonly database: FreshDatabase;
  readonly store: Store;
  readonly epr: Epr;
  readonly trusts: readonly [TestTrust, TestTrust];
  readonly services: readonly [Service, Service];
  close(): Promise<void>;
}

async function startPair(): Promise<Pair> {
  const database = await freshDatabase();
  const epr = await startEpr({ port: 0 });
  await epr.load(eprOf(people));
  const options = { feeds, databaseUrl: database.url, eprUrl: epr.url };
  const trusts = [await testTrust(options), await testTrust(options)] as const;
  const services = [startService(trusts[0]), startService(trusts[1])] as const;
  await Promise.all(services.map(({ ready }) => ready));
  const store = await openStore({ url: () => database.url }, { log: createLog('silent') });
  return {
    database, store, epr, trusts, services,
    close: async () => {
      for (const { process } of services) process.kill('SIGKILL');
      await Promise.all(services.map(({ ended }) => ended));
      await store.close();
      await epr.close();
      await database.drop();
      for (const { remove } of trusts) remove();
    },
  }; // prettier-ignore
}

/** Each of these people's wish, said twice, over all feeds of these trusts at once. */
async function sendWishes(
  trusts: readonly TestTrust[],
  about: readonly TestPerson[],
  name: string,
): Promise<void> {
  const ports = trusts.flatMap((trust) => trust.feeds.map(({ port }) => port));
  const sent = ports.map((port, lane) => {
    const mine = about.filter((_, index) => index % ports.length === lane);
    const messages = mine.flatMap((person) =>
      [1, 2].map((time) =>
        adt(person, { controlId: `${name}${person.local}-${time}`, answer: ['PAID', '20260901'] }),
      ),
    );
    return sendAll(port, messages);
  });
  await Promise.all(sent);
}

async function expectEachOnce({ epr, store }: Pair, about: readonly TestPerson[]): Promise<void> {
  const locals = new Map(
    (await epr.resources('Patient')).map(({ id, identifier }) => [`Patient/${id}`, identifier?.[0]?.value]),
  );
  const requests = await epr.resources('ServiceRequest');
  const tasks = await epr.resources('Task');
  const expected = about.map(({ local }) => local).toSorted();
  expect(requests.map(({ subject }) => locals.get(subject.reference ?? '')).toSorted()).toEqual(expected);
  expect(tasks.map((task) => locals.get(task.for?.reference ?? '')).toSorted()).toEqual(expected);
  const stored = await storedMessages(store);
  expect(stored).toHaveLength(about.length * 2);
  expect(new Set(stored.map(({ controlId }) => controlId)).size).toBe(about.length * 2);
  expect(stored.filter(({ state, outcome }) => state !== 'processed' || outcome !== 'used')).toEqual([]);
}

/** Events that a service logged as errors. */
function errorsOf(service: Service): unknown[] {
  return linesOf(service.output()).flatMap(({ level, message }) => (level === 'error' ? [message] : []));
}

describe('two replicas', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair.close());
  const half = people.length / 2;

  it('R47 do all of it once, and both of them do work', async () => {
    await sendWishes(pair.trusts, people.slice(0, half), 'A');
    await settled(pair.store);
    await expectEachOnce(pair, people.slice(0, half));
    for (const { httpPort } of pair.trusts) {
      for (const name of ['messages_received_total', 'messages_processed_total', 'deliveries_total']) {
        expect({ name, done: (await metricOf(httpPort, name)) > 0 }).toEqual({ name, done: true });
      }
    }
    for (const service of pair.services) expect(errorsOf(service)).toEqual([]);
  });

  it('R10 R14 R47 one killed in the middle of its work leaves nothing undone for 20 s, and nothing double', async () => {
    const [victim, survivor] = pair.services;
    await sendWishes(pair.trusts, people.slice(half), 'B');
    await until('the victim is delivering', () => isSending(pair.store, victim.pid), 5_000);
    victim.process.kill('SIGKILL');
    await victim.ended;
    await settled(pair.store, 20_000);
    await expectEachOnce(pair, people);
    expect(errorsOf(survivor)).toEqual([]);
  });
});

/** Whether a process has an effect under way: asked at once, so that it still is when the answer is used. */
async function isSending(store: Store, pid: number): Promise<boolean> {
  const { rows } = await sql<{ rows: number }>`
    select count(*) as rows from outbox where state = 'sending' and lease_owner like ${`%:${pid}`}`.execute(
    store.other,
  );
  return (rows[0]?.rows ?? 0) > 0;
}

/** As src/app.ts has it. */
const deliveriesAtOnce = 4;

describe('a replica that freezes', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair.close());

  it('R10 R46 delays the rest by less than 20 s, and does nothing twice when it goes on', async () => {
    const about = people.slice(0, 160);
    const [frozen, awake] = pair.services;
    // Slow enough to be caught with requests under way and with a transaction open.
    await slowAudit(pair.store, 0.2);
    pair.epr.setFaults(({ path }) => (path === '/' ? { kind: 'slow', ms: 100, when: 'after' } : undefined));
    await sendWishes(pair.trusts, about, 'C');
    await until('it is delivering', () => isSending(pair.store, frozen.pid), 5_000);
    frozen.process.kill('SIGSTOP');
    await slowAudit(pair.store, 0);
    pair.epr.setFaults(undefined);
    await settled(pair.store, 20_000);
    await expectEachOnce(pair, about);

    const writes = (): number =>
      pair.epr.requests.filter(({ method, path }) => method === 'POST' && path === '/').length;
    const before = { writes: writes(), ends: await endings(pair.store) };
    frozen.process.kill('SIGCONT');
    await until('it answers again', () => isReady(pair.trusts[0].httpPort));
    // It takes up new work like before, and nothing old.
    const more = people.slice(160, 200);
    await sendWishes([pair.trusts[0]], more, 'D');
    await settled(pair.store);
    await expectEachOnce(pair, [...about, ...more]);
    // What it had begun to send when it froze may still leave it: at most as many as it sends at once, and each is a
    // conditional create of something that is there. That nothing is double is what counts, and was just looked at.
    const repeated = writes() - before.writes - more.length;
    expect(repeated).toBeGreaterThanOrEqual(0);
    expect(repeated).toBeLessThanOrEqual(deliveriesAtOnce);
    expect((await endings(pair.store)) - before.ends).toBe(more.length);
    expect(errorsOf(awake)).toEqual([]);
    // Its connections were cut by the database meanwhile: that, and nothing else, may have failed in it.
    expect(errorsOf(frozen).filter((event) => event !== 'workers-failing')).toEqual([]);
  });
});

/** How many effects were noted as delivered, ever. */
async function endings(store: Store): Promise<number> {
  const { rows } = await sql<{ rows: number }>`
    select count(*) as rows from audit where action = 'delivered'`.execute(store.other);
  return rows[0]?.rows ?? 0;
}

/** From now on noting a delivery takes so long. Lets the trigger be: dropping it would wait for open transactions. */
async function slowAudit(store: Store, seconds: number): Promise<void> {
  await sql
    .raw(
      `create or replace function slow_audit() returns trigger language plpgsql as $$
        begin if new.action = 'delivered' then perform pg_sleep(${seconds}); end if; return new; end $$;
      do $$ begin if not exists (select from pg_trigger where tgname = 'slow_audit') then
        create trigger slow_audit before insert on audit for each row execute function slow_audit();
      end if; end $$`,
    )
    .execute(store.other);
}
