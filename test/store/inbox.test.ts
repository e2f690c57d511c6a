import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/store/database.ts';
import { createLog } from '../../src/log.ts';
import { BridgeError } from '../../src/errors.ts';
import { insertArrivals, keepRefusal, waiting } from '../../src/store/inbox.ts';
import { inboxDepth } from '../support/inbox-depth.ts';
import {
  completeRows,
  heldRows,
  holdRow,
  replayRow,
  rowStates,
  skipRow,
} from '../../src/store/inbox-rows.ts';
import { withFeedBatch } from '../../src/store/lanes.ts';
import { inSavepoint } from '../../src/store/savepoint.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const operator = { kind: 'operator', name: 'asha' } as const;
const at = new Date('2026-01-02T10:00:00Z');

describe('inbox', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(() => fresh.drop());

  it('R3 the same bytes again, in the same group and in a later one, get the stored acknowledgement and no new row', async () => {
    const { store } = fresh;
    const first = message('dup');
    const other = { ...first, acknowledgement: Buffer.from('MSA|AA|other') };
    const [stored, repeated] = await insertArrivals(store, [first, other]);
    const [later] = await insertArrivals(store, [other]);
    expect(stored).toMatchObject({ outcome: 'stored', reusedControlId: false });
    expect(repeated).toEqual({
      outcome: 'duplicate',
      row: stored!.row,
      acknowledgement: first.acknowledgement,
    });
    expect(later).toEqual(repeated);
  });

  it('R3 two connections at once with the same bytes make one row', async () => {
    const { store } = fresh;
    const same = Array.from({ length: 20 }, (_, place) => message(`twin-${place}`));
    const groups = await Promise.all([insertArrivals(store, same), insertArrivals(store, same)]);
    const outcomes = same.map((_, place) => groups.map((group) => group[place]!.outcome).sort());
    expect(outcomes).toEqual(same.map(() => ['duplicate', 'stored']));
    expect(groups[0].map((each) => each.row)).toEqual(groups[1].map((each) => each.row));
  });

  it('R3 a store that was closed and opened again still knows the message', async () => {
    const [stored] = await insertArrivals(fresh.store, [message('reopened')]);
    const again = await openStore({ url: () => fresh.url }, { log: createLog('silent') });
    const [later] = await insertArrivals(again, [message('reopened')]);
    await again.close();
    expect(later).toMatchObject({ outcome: 'duplicate', row: stored!.row });
  });

  it('R4 the same control id with other bytes is a new row, told as reused, within a group and across groups', async () => {
    const { store } = fresh;
    const results = await insertArrivals(store, [message('counter', 'a'), message('counter', 'b')]);
    const [third] = await insertArrivals(store, [message('counter', 'c')]);
    expect([...results, third].map((each) => each?.outcome === 'stored' && each.reusedControlId)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('a header with NUL or of absurd length is stored like any other, and bytes come back as they were sent', async () => {
    const { store } = fresh;
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const odd = [
      message('nul\0', '', { feed: 'odd', body, sender: 'A\0B' }),
      message('y'.repeat(5_000), '', { feed: 'odd', sender: '😀'.repeat(2_000), event: 'z'.repeat(300) }),
      message('empty', '', { feed: 'odd', body: Buffer.alloc(0), acknowledgement: undefined }),
    ];
    const results = await insertArrivals(store, odd);
    expect(results.map((each) => each.outcome)).toEqual(['stored', 'stored', 'stored']);
    const again = await insertArrivals(store, odd);
    expect(again.map((each) => each.outcome)).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(again[2]).toMatchObject({ acknowledgement: undefined });
    await withFeedBatch(store, 'odd', 50, async (tx, rows) => {
      expect(rows.map((row) => row.body)).toEqual(odd.map((each) => each.body));
      await completeRows(
        tx,
        rows.map((row) => ({ row: row.id, completion: { outcome: 'used', findings: [] } })),
      );
    });
  });

  it('rows of a group have numbers in the order of the group', async () => {
    const group = Array.from({ length: 500 }, (_, place) => message(`order-${(place * 7_919) % 500}`));
    const rows = (await insertArrivals(fresh.store, group)).map((each) => each.row);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
  });

  it('a held row keeps its reason, lets the lane go on, and comes back to the head when it is replayed', async () => {
    const { store } = fresh;
    const two = ['h1', 'h2'].map((id) => message(id, id, { feed: 'held' }));
    const [first, second] = await insertArrivals(store, two);
    const finding = { kind: 'field/missing-patient-id', where: 'PID-3', message: 'no local number' } as const;
    await withFeedBatch(store, 'held', 1, async (tx, [row]) => {
      await inSavepoint(tx, async () => {
        await completeRows(tx, [{ row: row!.id, completion: { outcome: 'used', findings: [] } }]);
        throw new Error('undone');
      }).catch(() => undefined);
      await holdRow(
        tx,
        row!.id,
        new BridgeError(finding.kind, finding.message, { ...finding, findings: [finding] }),
      );
    });
    expect(await heldRows(store)).toMatchObject([
      { id: first!.row, kind: finding.kind, where: 'PID-3', findings: [finding] },
    ]);
    await withFeedBatch(store, 'held', 50, (_tx, rows) => {
      expect(rows.map((row) => row.id)).toEqual([second!.row]);
      return Promise.resolve();
    });
    expect(await replayRow(store, first!.row, operator, at)).toBe(true);
    expect(await replayRow(store, first!.row, operator, at)).toBe(false);
    await withFeedBatch(store, 'held', 50, async (tx, rows) => {
      expect(rows.map((row) => row.id)).toEqual([first!.row, second!.row]);
      await holdRow(tx, first!.row, new Error('quotes 9990000018'));
      const completion = { outcome: 'unused', findings: [], unusedReason: 'event A99 is not used' } as const;
      await completeRows(tx, [{ row: second!.row, completion }]);
    });
    expect((await heldRows(store))[0]).toMatchObject({
      kind: 'internal/unexpected',
      message: 'unexpected Error',
    });
    expect(await skipRow(store, first!.row, operator, 'sent in error', at)).toBe(true);
    expect(await rowStates(store, [first!.row, second!.row])).toEqual(
      new Map([
        [first!.row, 'skipped'],
        [second!.row, 'processed'],
      ]),
    );
    const audit = await store.other
      .selectFrom('audit')
      .select(['actor', 'action', 'inbox_id', 'detail'])
      .orderBy('id')
      .execute();
    expect(audit).toEqual([
      { actor: 'operator:asha', action: 'replayed', inbox_id: first!.row, detail: {} },
      {
        actor: 'operator:asha',
        action: 'skipped',
        inbox_id: first!.row,
        detail: { reason: 'sent in error' },
      },
    ]);
  });

  it('R40 a replay whose audit entry cannot be written does not happen', async () => {
    const { store } = fresh;
    const [row] = await insertArrivals(store, [message('r40', 'x', { feed: 'r40' })]);
    await withFeedBatch(store, 'r40', 1, async (tx) => {
      await holdRow(tx, row!.row, new Error('x'));
    });
    await expect(
      replayRow(store, row!.row, { kind: 'operator', name: 'not\0storable' }, at),
    ).rejects.toThrow();
    expect((await rowStates(store, [row!.row])).get(row!.row)).toBe('held');
  });

  it('waiting rows are counted by feed with the age of the oldest, and refusals are kept apart', async () => {
    const { store } = fresh;
    const before = await inboxDepth(store);
    await insertArrivals(store, [
      message('w1', 'w1', { feed: 'waits' }),
      message('w2', 'w2', { feed: 'waits', receivedAt: at }),
    ]);
    await keepRefusal(store, {
      feed: 'waits',
      peer: '10.0.0.1',
      kind: 'structure/no-msh',
      where: 'byte 0',
      body: Buffer.from('x'),
      at,
    });
    expect(await inboxDepth(store)).toBe(before + 2);
    expect((await waiting(store)).find((each) => each.feed === 'waits')).toEqual({
      feed: 'waits',
      rows: 2,
      oldest: new Date('2026-01-02T09:00:00Z'),
    });
  });
});
