// The database goes away, the audit cannot be written, the EPR loses replies or is down: what senders see, what is
// done and not done meanwhile, and that everything goes on by itself afterwards (R2, R14, R17, R40).
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';
import type { Fault } from '../../src/sandbox/epr/faults.ts';
import type { Store } from '../../src/store/database.ts';
import { replayRow } from '../../src/store/inbox-rows.ts';
import { cuttableDatabase } from '../support/cuttable.ts';
import type { CuttableDatabase } from '../support/cuttable.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import { startLine, statusesOf } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { until } from '../support/trust.ts';

const people = Array.from({ length: 12 }, (_, index) => testPerson(index + 1));
const person = (number: number): TestPerson => people[number - 1] ?? testPerson(number);
const wish = (of: TestPerson): Buffer => adt(of, { controlId: of.local, answer: ['PAID', '20260901'] });
const open = { requests: ['draft'], tasks: ['requested'] };
const nothing = { requests: [], tasks: [] };

let line: Line;
afterEach(() => line.close());

async function readyStatus(): Promise<number> {
  return (await fetch(`http://127.0.0.1:${line.trust.httpPort}/readyz`)).status;
}

describe('the database', () => {
  let relay: CuttableDatabase;
  beforeEach(async () => {
    relay = await cuttableDatabase();
    line = await startLine(people, {}, relay.urlOf);
  });
  afterEach(() => relay.cut());

  it('R2 gone: no acknowledgement, the connection closed, new ones refused, /readyz 503; back: all by itself', async () => {
    await line.send(wish(person(1)));
    await line.settled();
    const client = await openMllpClient({
      host: '127.0.0.1',
      port: line.trust.feeds[0]?.port ?? 0,
      timeoutMs: 8_000,
    });
    await relay.cut();
    expect(await client.send(wish(person(2)))).toMatchObject({ outcome: 'closed', sent: true });
    await client.close();
    await until('/readyz says no', async () => (await readyStatus()) === 503, 5_000);
    const late = await openMllpClient({
      host: '127.0.0.1',
      port: line.trust.feeds[0]?.port ?? 0,
      timeoutMs: 2_000,
    }).catch(() => undefined);
    expect((await late?.send(wish(person(2))))?.outcome ?? 'closed').toBe('closed');
    await late?.close();
    const { parts } = (await (await fetch(`http://127.0.0.1:${line.trust.httpPort}/readyz`)).json()) as {
      parts: unknown;
    };
    expect(parts).toContainEqual(expect.objectContaining({ part: 'intake', ready: false }));

    await relay.restore();
    await until('/readyz says yes', async () => (await readyStatus()) === 200, 10_000);
    await line.send(wish(person(2)), wish(person(3)));
    await line.settled();
    const stored = await storedMessages(line.app.store);
    expect(stored.map(({ controlId }) => controlId)).toEqual([1, 2, 3].map((number) => person(number).local));
    for (const number of [1, 2, 3]) expect(await statusesOf(line.epr, person(number))).toEqual(open);
  });

  it('R2 cut off while much is under way: what was acknowledged is all there, and done once', async () => {
    line.epr.setFaults(() => ({ kind: 'slow', ms: 30, when: 'before' }));
    const client = await openMllpClient({
      host: '127.0.0.1',
      port: line.trust.feeds[0]?.port ?? 0,
      window: 20,
    });
    const sent = people.map((one) => client.send(wish(one)));
    await sent[3];
    await relay.cut();
    const outcomes = await Promise.all(sent);
    await client.close();
    await relay.restore();
    await until('/readyz says yes', async () => (await readyStatus()) === 200, 10_000);
    const unanswered = people.filter((_, index) => outcomes[index]?.outcome !== 'acknowledged');
    await line.send(...unanswered.map(wish));
    await line.settled();
    const stored = (await storedMessages(line.app.store)).map(({ controlId }) => controlId);
    expect(stored.toSorted()).toEqual(people.map(({ local }) => local));
    for (const one of people) expect(await statusesOf(line.epr, one)).toEqual(open);
  });
});

/** From now on the audit takes no entry of this action; undefined: any again. */
async function breakAudit(store: Store, action: string | undefined): Promise<void> {
  const broken =
    action === undefined
      ? ''
      : `if new.action = '${action}' then raise exception 'no room in the audit'; end if;`;
  await sql
    .raw(
      `create or replace function broken_audit() returns trigger language plpgsql as $$ begin ${broken} return new; end $$;
      do $$ begin if not exists (select from pg_trigger where tgname = 'broken_audit') then
        create trigger broken_audit before insert on audit for each row execute function broken_audit(); end if; end $$`,
    )
    .execute(store.other);
}

async function outboxRows(store: Store): Promise<{ state: string }[]> {
  return store.other.selectFrom('outbox').select('state').orderBy('id').execute();
}

describe('an audit entry that cannot be written', () => {
  beforeEach(async () => {
    line = await startLine(people);
  });

  it('R40 of a decision: no effect at all, the message is held; after repair and replay it happens', async () => {
    const { store } = line.app;
    await breakAudit(store, 'decided');
    await line.send(wish(person(1)), adt(person(2), { controlId: 'after' }));
    await until('both are settled', async () =>
      (await storedMessages(store)).every(({ state }) => state !== 'received'),
    );
    const [held, next] = await storedMessages(store);
    expect([held?.state, next?.state]).toEqual(['held', 'processed']);
    expect(await outboxRows(store)).toEqual([]);
    expect(await statusesOf(line.epr, person(1))).toEqual(nothing);
    expect(
      await store.other
        .selectFrom('resource')
        .select('id')
        .where('inbox_id', '=', held?.id ?? 0)
        .execute(),
    ).toEqual([]);

    await breakAudit(store, undefined);
    expect(await replayRow(store, held?.id ?? 0, { kind: 'operator', name: 'tester' }, new Date())).toBe(
      true,
    );
    await line.settled();
    expect(await statusesOf(line.epr, person(1))).toEqual(open);
  });

  it('R40 of a sending: nothing is sent; after repair it is, once', async () => {
    const { store } = line.app;
    await breakAudit(store, 'sent');
    await line.send(wish(person(1)));
    await until('it has been tried', async () => (await outboxRows(store))[0]?.state === 'sending');
    await new Promise((done) => setTimeout(done, 1_000));
    expect(line.epr.requests.filter(({ method, path }) => method === 'POST' && path === '/')).toEqual([]);
    expect(await statusesOf(line.epr, person(1))).toEqual(nothing);
    await breakAudit(store, undefined);
    await line.settled();
    expect(await statusesOf(line.epr, person(1))).toEqual(open);
  });
});

describe('the EPR', () => {
  beforeEach(async () => {
    line = await startLine(people);
  });

  const once = (fault: Fault) => scriptedFaults([{ method: 'POST', path: '/', fault }]);

  it('R14 R17 loses a reply, a request or half a reply, or fails for a moment: one proposal, one Task each time', async () => {
    const faults: Readonly<Record<string, Fault>> = {
      'carries it out and loses the reply': { kind: 'lost-reply' },
      'carries it out and breaks off in its reply': { kind: 'truncated' },
      'loses the request': { kind: 'lost-request' },
      'answers 500 without having done anything': { kind: 'status', status: 500 },
      'answers 503 with Retry-After': { kind: 'status', status: 503, retryAfter: '1' },
      'carries it out and answers after the timeout': { kind: 'slow', ms: 11_000, when: 'after' },
    };
    // Side by side, each at a trust of its own: they spend their time waiting.
    const ends = Object.entries(faults).map(async ([name, fault]) => {
      const one = await startLine([person(1)]);
      try {
        one.epr.setFaults(once(fault));
        await one.send(wish(person(1)));
        await one.settled();
        return [name, await statusesOf(one.epr, person(1))];
      } finally {
        await one.close();
      }
    });
    expect(await Promise.all(ends)).toEqual(Object.keys(faults).map((name) => [name, open]));
  });

  it('R14 R17 loses every third reply to twelve people: one proposal, one Task for each', async () => {
    let asked = 0;
    line.epr.setFaults(() => ((asked += 1) % 3 === 0 && asked < 60 ? { kind: 'lost-reply' } : undefined));
    await line.send(...people.map(wish));
    await line.settled();
    for (const one of people) expect(await statusesOf(line.epr, one)).toEqual(open);
    const held = (await outboxRows(line.app.store)).filter(({ state }) => state !== 'delivered');
    expect(held).toEqual([]);
  });

  it('R17 refuses with 422: one request, then held with its reason, and the others go on', async () => {
    line.epr.setFaults(once({ kind: 'status', status: 422 }));
    await line.send(wish(person(1)));
    await line.settled();
    await line.send(wish(person(2)));
    await line.settled();
    expect(await outboxRows(line.app.store)).toEqual([{ state: 'held' }, { state: 'delivered' }]);
    expect(line.epr.requests.filter(({ method, path }) => method === 'POST' && path === '/')).toHaveLength(2);
  });

  it('down for a while: messages are acknowledged all the same, and everything arrives after', async () => {
    await line.epr.shut();
    await line.send(...people.map(wish));
    await until('all are decided', async () => (await outboxRows(line.app.store)).length === people.length);
    await new Promise((done) => setTimeout(done, 2_000));
    expect((await outboxRows(line.app.store)).filter(({ state }) => state === 'held')).toEqual([]);
    await line.epr.open();
    await line.settled();
    for (const one of people) expect(await statusesOf(line.epr, one)).toEqual(open);
  });
});
