// The steps that senders, process and operators take on the inbox, each played on a real store and on a list of rows. After
// every step all rows are compared; what is processed is kept in the order in which it was committed.
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { BridgeError } from '../../src/errors.ts';
import type { Store, Tx } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import type { NewMessage } from '../../src/store/inbox.ts';
import { completeRows, holdRow, replayRow, skipRow } from '../../src/store/inbox-rows.ts';
import type { InboxRow } from '../../src/store/inbox-rows.ts';
import { withFeedBatch } from '../../src/store/lanes.ts';
import type { InboxState } from '../../src/store/tables.ts';
import { message } from './messages.ts';

/** One row as it should be; the database's is read into the same shape. */
export interface InboxModelRow {
  readonly id: number;
  readonly feed: string;
  readonly controlId: string;
  readonly body: string;
  readonly acknowledgement: string;
  state: InboxState;
  /** It has been held. */
  replayed: boolean;
}

export interface InboxModel {
  readonly feeds: readonly string[];
  readonly rows: InboxModelRow[];
  /** Row numbers by feed, as their transactions committed. */
  readonly processed: Map<string, number[]>;
  readonly replays: number[];
  /** Acknowledgements told apart: no two arrivals bring the same. */
  serial: number;
}

type Step = fc.AsyncCommand<InboxModel, Store>;

const operator = { kind: 'operator', name: 'asha' } as const;
const at = new Date('2026-01-02T10:00:00Z');

function step(
  name: string,
  ready: (model: InboxModel) => boolean,
  take: (model: InboxModel, store: Store) => Promise<void>,
): Step {
  return {
    check: ready,
    run: async (model, store) => {
      await take(model, store);
      expect(await storedRows(store, model.feeds)).toEqual(model.rows);
      for (const feed of model.feeds) expectInOrder(model, feed);
    },
    toString: () => name,
  };
}

async function storedRows(store: Store, feeds: readonly string[]): Promise<readonly InboxModelRow[]> {
  const { rows } = await sql<InboxModelRow>`
    select i.id, i.feed, i.control_id as "controlId", convert_from(b.body, 'UTF8') as body, i.state,
      convert_from(i.acknowledgement, 'UTF8') as acknowledgement, i.failure_kind is not null as replayed
    from inbox i left join inbox_body b on b.inbox_id = i.id where i.feed = any(${[...feeds]}) order by i.id`.execute(
    store.other,
  );
  return rows;
}

/** Each row once, in the order of arrival; but as often again as it was replayed, whenever that was. */
function expectInOrder({ processed, replays }: InboxModel, feed: string): void {
  const done = processed.get(feed) ?? [];
  const first = done.filter((row) => !replays.includes(row));
  expect(first).toEqual([...new Set(first)].sort((one, other) => one - other));
  for (const row of new Set(done)) {
    const allowed = 1 + replays.filter((each) => each === row).length;
    expect(done.filter((each) => each === row).length).toBeLessThanOrEqual(allowed);
  }
}

function one<T>(rows: readonly T[], place: number): T {
  const row = rows[place % rows.length];
  if (row === undefined) throw new Error('a step was taken where nothing was ready for it');
  return row;
}

/** A sender has few control ids and few contents, so that the same bytes and reused ids are frequent. */
const sent = fc.record({
  feed: fc.nat(1),
  controlId: fc.constantFrom('1', '2', '3', '4'),
  text: fc.constantFrom('a', 'b'),
});
type Sent = typeof sent extends fc.Arbitrary<infer S> ? S : never;

async function arrived(model: InboxModel, store: Store, group: readonly Sent[]): Promise<void> {
  const messages: NewMessage[] = group.map(({ feed, controlId, text }) => {
    model.serial += 1;
    const acknowledgement = Buffer.from(`MSA|AA|${controlId}|${model.serial}`);
    return message(controlId, text, { feed: one(model.feeds, feed), acknowledgement });
  });
  const told = await insertArrivals(store, messages);
  expect(told).toHaveLength(messages.length);
  for (const [place, { feed, controlId, body, acknowledgement }] of messages.entries()) {
    const same = model.rows.filter((row) => row.feed === feed && row.controlId === controlId);
    const known = same.find((row) => row.body === body.toString());
    if (known !== undefined) {
      expect(told[place]).toEqual({ outcome: 'duplicate', row: known.id, acknowledgement: Buffer.from(known.acknowledgement) });
      continue;
    }
    const { row: id = 0 } = told[place] ?? {};
    expect(told[place]).toEqual({ outcome: 'stored', row: id, reusedControlId: same.length > 0 });
    expect(id).toBeGreaterThan(model.rows.at(-1)?.id ?? 0);
    model.rows.push({ id, feed, controlId, body: body.toString(), acknowledgement: acknowledgement?.toString() ?? '', state: 'received', replayed: false });
  }
} // prettier-ignore

const arrive = fc.array(sent, { minLength: 1, maxLength: 5 }).map((group) =>
  step(`arrive ${group.map(({ feed, controlId, text }) => `${feed}/${controlId}${text}`).join(' ')}`, () => true, (model, store) => arrived(model, store, group)),
); // prettier-ignore

/** How a batch ends: it commits; what it calls throws; its connection to the database is lost. */
type BatchEnd = 'commits' | 'throws' | 'is cut off';

interface BatchPlan {
  readonly feed: number;
  readonly limit: number;
  /** Of each row, whether it is held. */
  readonly holds: readonly boolean[];
  readonly end: BatchEnd;
  /** What comes in while it is under way: not its own. */
  readonly meanwhile: readonly Sent[];
}

async function carryThrough(tx: Tx, rows: readonly InboxRow[], { holds, end }: BatchPlan): Promise<void> {
  for (const [place, { id }] of rows.entries()) {
    if (holds[place] === true)
      await holdRow(tx, id, new BridgeError('field/missing-patient-id', 'no number'));
    else await completeRows(tx, [{ row: id, completion: { outcome: 'used', findings: [] } }]);
  }
  if (end === 'throws') throw new BridgeError('internal/unexpected', 'died before its commit');
  if (end === 'is cut off') await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
}

async function processed(model: InboxModel, store: Store, plan: BatchPlan): Promise<void> {
  const feed = one(model.feeds, plan.feed);
  const waiting = model.rows.filter((row) => row.feed === feed && row.state === 'received');
  const expected = waiting.slice(0, plan.limit);
  const batch = withFeedBatch(store, feed, plan.limit, async (tx, rows) => {
    expect(rows.map(({ id, body, replayed }) => ({ id, body: body.toString(), replayed }))).toEqual(
      expected.map(({ id, body, replayed }) => ({ id, body, replayed })),
    );
    await arrived(model, store, plan.meanwhile);
    expect(await withFeedBatch(store, feed, plan.limit, () => Promise.resolve())).toBeUndefined();
    await carryThrough(tx, rows, plan);
  });
  if (plan.end !== 'commits' && expected.length > 0) {
    await expect(batch).rejects.toThrow(plan.end === 'throws' ? 'died before its commit' : /terminat/);
    return;
  }
  expect(await batch).toBe(expected.length);
  for (const [place, row] of expected.entries()) {
    row.state = plan.holds[place] === true ? 'held' : 'processed';
    row.replayed = row.state === 'held';
    if (row.state === 'processed') model.processed.set(feed, [...(model.processed.get(feed) ?? []), row.id]);
  }
}

const batch = fc
  .record({
    feed: fc.nat(1),
    limit: fc.integer({ min: 1, max: 6 }),
    holds: fc.array(fc.constantFrom(false, false, true), { minLength: 6, maxLength: 6 }),
    end: fc.constantFrom<BatchEnd>('commits', 'commits', 'commits', 'throws', 'is cut off'),
    meanwhile: fc.array(sent, { maxLength: 2 }),
  })
  .map((plan) => step(`process ${JSON.stringify(plan)}`, () => true, (model, store) => processed(model, store, plan))); // prettier-ignore

/** An operator acts on a held row; or on another one, where nothing may happen. */
function acting(name: string, act: (store: Store, row: number) => Promise<boolean>, then: (model: InboxModel, row: InboxModelRow) => void) {
  return fc.nat(99).map((place) =>
    step(`${name} ${place}`, ({ rows }) => rows.length > 0, async (model, store) => {
      const held = model.rows.filter(({ state }) => state === 'held');
      const row = one(place % 3 === 0 || held.length === 0 ? model.rows : held, place);
      const may = row.state === 'held';
      expect(await act(store, row.id)).toBe(may);
      if (may) then(model, row);
    }),
  );
} // prettier-ignore

const replay = acting('replay', (store, row) => replayRow(store, row, operator, at), (model, row) => {
  row.state = 'received';
  model.replays.push(row.id);
}); // prettier-ignore

const skip = acting('skip', (store, row) => skipRow(store, row, operator, 'sent in error', at), (_model, row) => {
  row.state = 'skipped';
}); // prettier-ignore

export const inboxSteps = fc.commands([arrive, arrive, batch, batch, batch, replay, replay, skip], {
  maxCommands: 60,
  size: 'max',
});
