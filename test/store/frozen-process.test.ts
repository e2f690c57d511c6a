// What an open transaction of a process that froze keeps from the others: as little as possible, and not for long (R10,
// R46).
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Decision } from '../../src/ips/decision.ts';
import type { Store, Tx } from '../../src/store/database.ts';
import { inTransaction } from '../../src/store/database.ts';
import { claim, expireLeases, freeze, renewLease } from '../../src/store/delivery.ts';
import { addDecision } from '../../src/store/outbox.ts';
import { lockPersons } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';

let fresh: FreshStore;
let store: Store;
beforeAll(async () => {
  fresh = await freshStore();
  store = fresh.store;
});
afterAll(() => fresh.drop());

const decision: Decision = {
  action: 'make',
  effect: 'propose-referral',
  rule: 'wants-work',
  title: 'Wants work',
  key: 'k',
  team: { id: 'T1', name: 'North', type: 'A06' },
  reasons: [],
  decidedAt: '2026-03-01T12:00:00.000Z',
  ruleSet: 'set',
};
const keyOf = (value: string) => ({ system: 'https://rzz.example/Id/patient', value });

function add(value: string): Promise<number> {
  return inTransaction(store, async (tx) => {
    const [person = 0] = (await lockPersons(tx, [keyOf(value)])).values();
    const effect = { ...decision, key: `k/${value}` };
    return addDecision(tx, {
      destination: 'epr', order: 'person', person, revision: 1, state: 'pending', decision: effect, inboxRow: undefined,
    }); // prettier-ignore
  });
}

/** Runs `work` while another transaction stays open after `first`. */
async function beside<T>(first: (tx: Tx) => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const tx = await store.process.startTransaction().execute();
  try {
    await first(tx);
    return await work();
  } finally {
    await tx.rollback().execute();
  }
}

it('bytes are frozen while a batch has the person locked', async () => {
  await add('R1');
  const claimed = await claim(store, 'epr', 'worker', 10_000);
  const { row = 0, attempt = 0 } = claimed ?? {};
  const frozen = await beside(
    (tx) => lockPersons(tx, [keyOf('R1')]),
    () =>
      inTransaction(store, async (tx) => {
        await renewLease(tx, row, attempt, 10_000);
        return freeze(tx, row, attempt, Buffer.from('bytes'));
      }),
  );
  expect(frozen).toBe(true);
});

it('a lapsed lease whose row is locked does not keep the other ones from being taken back', async () => {
  await add('R2');
  await add('R3');
  const locked = await claim(store, 'epr', 'frozen', 1);
  await claim(store, 'epr', 'dead', 1);
  await new Promise((done) => setTimeout(done, 20));
  const first = await beside(
    (tx) => sql`select from outbox where id = ${locked?.row} for update`.execute(tx),
    () => expireLeases(store),
  );
  expect(first).toEqual({ pending: 1, ambiguous: 0 });
  expect(await expireLeases(store)).toEqual({ pending: 1, ambiguous: 0 });
});

it.each(['intake', 'process', 'other'] as const)(
  'no transaction of %s stays open and idle for longer than a lease',
  async (pool) => {
    const { rows } = await sql<{ ms: number }>`
    select extract(epoch from current_setting('idle_in_transaction_session_timeout')::interval)::int * 1000 as ms`.execute(
      store[pool],
    );
    expect(rows[0]?.ms).toBeGreaterThan(0);
    expect(rows[0]?.ms).toBeLessThanOrEqual(12_000);
  },
);
