import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { settle } from '../../src/store/delivery.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { completeRows } from '../../src/store/inbox-rows.ts';
import { claim, withFeedBatch } from '../../src/store/lanes.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

describe('lanes', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(() => fresh.drop());

  const fill = (feed: string, count: number) =>
    insertArrivals(
      fresh.store,
      Array.from({ length: count }, (_, place) => message(String(place), '', { feed })),
    );

  it('R10 a feed that is being worked on is not taken by anybody else, and nothing of it is overtaken', async () => {
    await fill('locked', 3);
    await withFeedBatch(fresh.store, 'locked', 1, async () => {
      const meanwhile = await withFeedBatch(fresh.store, 'locked', 50, () => Promise.resolve());
      expect(meanwhile).toBeUndefined();
    });
    expect(await withFeedBatch(fresh.store, 'locked', 50, () => Promise.resolve())).toBe(3);
    expect(await withFeedBatch(fresh.store, 'nothing', 50, () => Promise.resolve())).toBe(0);
  });

  it('a row with a smaller number that appears late does not open the lane a second time', async () => {
    const rows = await fill('late', 3);
    await sql`update inbox set state = 'held' where id = ${rows[0]!.row}`.execute(fresh.store.other);
    await withFeedBatch(fresh.store, 'late', 50, async () => {
      await sql`update inbox set state = 'received' where id = ${rows[0]!.row}`.execute(fresh.store.other);
      expect(await withFeedBatch(fresh.store, 'late', 50, () => Promise.resolve())).toBeUndefined();
    });
  });

  it('R10 sixteen workers over four feeds keep the order of each', async () => {
    const feeds = ['f1', 'f2', 'f3', 'f4'];
    for (const feed of feeds) await fill(feed, 200);
    const done = new Map<string, number[]>(feeds.map((feed) => [feed, []]));
    const worker = async (number: number): Promise<void> => {
      for (let left = feeds.length, turn = number; left > 0; turn += 1) {
        const feed = feeds[turn % feeds.length]!;
        const taken: number[] = [];
        const count = await withFeedBatch(fresh.store, feed, 1 + (turn % 7), async (tx, rows) => {
          for (const row of rows) {
            await completeRows(tx, [{ row: row.id, completion: { outcome: 'used', findings: [] } }]);
            taken.push(row.id);
          }
          done.get(feed)!.push(...taken);
        });
        left = count === 0 ? left - 1 : feeds.length;
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, number) => worker(number)));
    for (const rows of done.values()) {
      expect(rows).toHaveLength(200);
      expect(rows).toEqual([...rows].sort((a, b) => a - b));
    }
  });

  it('rows whose bodies are large together come in several batches', async () => {
    const body = (place: number) => Buffer.alloc(5 * 1024 * 1024, place);
    await insertArrivals(fresh.store, [1, 2].map((place) => message(String(place), '', { feed: 'large', body: body(place) }))); // prettier-ignore
    expect(await withFeedBatch(fresh.store, 'large', 50, () => Promise.resolve())).toBe(1);
  });

  it('R10 a feed is free within a second of a kill -9 of the process that works on it', async () => {
    await fill('killed', 2);
    const script = join(import.meta.dirname, '..', 'support', 'feed-worker.ts');
    const worker = spawn(process.execPath, [script, fresh.url, 'killed'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => worker.stdout.once('data', resolve));
    expect(await withFeedBatch(fresh.store, 'killed', 50, () => Promise.resolve())).toBeUndefined();
    worker.kill('SIGKILL');
    const killed = Date.now();
    let taken: number | undefined;
    while (taken === undefined)
      taken = await withFeedBatch(fresh.store, 'killed', 50, () => Promise.resolve());
    expect(taken).toBe(2);
    expect(Date.now() - killed).toBeLessThan(1_000);
  });

  it('sixteen senders over forty lanes send each effect once, in the order of its lane', async () => {
    const { store } = fresh;
    await sql`insert into person (id) select 1000 + n from generate_series(1, 40) n`.execute(store.other);
    await sql`
      insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, state)
      select 'epr', 1001 + n % 40, 1001 + n % 40, 'k' || n, 1, 'r', 't', '{}', 'pending'
      from generate_series(0, 399) n`.execute(store.other);
    const sent = new Map<number, number[]>();
    const sending = new Set<number>();
    const sender = async (number: number): Promise<void> => {
      for (let idle = 0; idle < 20;) {
        const effect = await claim(store, 'epr', `s${number}`, 15_000);
        if (effect === undefined) {
          idle += 1;
          await new Promise((resolve) => setTimeout(resolve, 2));
          continue;
        }
        expect(sending.has(effect.person)).toBe(false);
        sending.add(effect.person);
        sent.set(effect.person, [...(sent.get(effect.person) ?? []), effect.row]);
        await new Promise((resolve) => setImmediate(resolve));
        sending.delete(effect.person);
        await settle(store, effect.row, effect.attempt, {
          outcome: 'delivered',
          references: [],
          confirmed: false,
        });
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, number) => sender(number)));
    expect([...sent.values()].flat()).toHaveLength(400);
    for (const rows of sent.values()) expect(rows).toEqual([...rows].sort((a, b) => a - b));
  });
});
