import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createReceiver } from '../../src/pipeline/receive.ts';
import type { Receiver } from '../../src/pipeline/receive.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { withFolderLock } from '../../src/store/folder-lock.ts';
import { inboxDepth } from '../support/inbox-depth.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const log = createLog('silent');
const open: Receiver[] = [];

async function receiverOn(
  store: Store,
  maxWaiting = 1_000_000,
): Promise<{ receiver: Receiver; metrics: ReturnType<typeof createMetrics> }> {
  const metrics = createMetrics();
  const receiver = await createReceiver(store, {
    log,
    metrics,
    limits: { maxWaiting },
    now: () => performance.now(),
  });
  open.push(receiver);
  return { receiver, metrics };
}

async function until(condition: () => boolean, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}

describe('receive', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((receiver) => receiver.close()));
  });
  afterAll(() => fresh.drop());

  it('messages that come at once are stored in the order in which they came', async () => {
    const { receiver, metrics } = await receiverOn(fresh.store);
    const receipts = await Promise.all(
      Array.from({ length: 1_200 }, (_, place) => receiver.receive(message(`m${place}`))),
    );
    const rows = receipts.map((receipt) => (receipt.outcome === 'stored' ? receipt.row : -1));
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(rows).not.toContain(-1);
    expect((await metrics.received.get()).values[0]?.value).toBe(1_200);
    const commits = (await metrics.commit.get()).values.find((value) => value.metricName?.endsWith('_count'));
    expect(commits?.value).toBeLessThan(10);
  });

  it('R3 R4 duplicates and reused control ids are told apart and counted', async () => {
    const { receiver, metrics } = await receiverOn(fresh.store);
    const [first, same, other] = await Promise.all([
      receiver.receive(message('x')),
      receiver.receive(message('x')),
      receiver.receive(message('x', 'other bytes')),
    ]);
    expect(first).toMatchObject({ outcome: 'stored', reusedControlId: false });
    expect(same).toMatchObject({ outcome: 'duplicate', acknowledgement: Buffer.from('MSA|AA|x') });
    expect(other).toMatchObject({ outcome: 'stored', reusedControlId: true });
    expect((await metrics.duplicates.get()).values[0]?.value).toBe(1);
    expect((await metrics.reusedControlIds.get()).values[0]?.value).toBe(1);
  });

  it('a message that cannot be stored fails none of its neighbours', async () => {
    const { receiver } = await receiverOn(fresh.store);
    const receipts = await Promise.all(
      [
        message('good 1'),
        { ...message('bad'), feed: 'not\0storable' },
        message('good 2'),
        message('nul\0'),
      ].map(receiver.receive),
    );
    expect(receipts.map((receipt) => receipt.outcome)).toEqual(['stored', 'not-stored', 'stored', 'stored']);
    expect(receiver.ready()).toEqual({ ok: true });
  });

  it('a deadlock between the intakes of two processes is tried again and told to nobody', async () => {
    const other = await openStore({ url: () => fresh.url }, { log });
    const [a, b] = [(await receiverOn(fresh.store)).receiver, (await receiverOn(other)).receiver];
    for (let round = 0; round < 15; round += 1) {
      const same = Array.from({ length: 60 }, (_, place) => message(`dead-${round}-${place}`));
      const receipts = await Promise.all([...same.map(a.receive), ...[...same].reverse().map(b.receive)]);
      expect(receipts.filter((receipt) => receipt.outcome === 'stored')).toHaveLength(60);
      expect(receipts.filter((receipt) => receipt.outcome === 'duplicate')).toHaveLength(60);
    }
    await b.close();
    await other.close();
  });

  it('R11 nothing is taken on above the limit of waiting messages, until some are processed', async () => {
    const depth = await inboxDepth(fresh.store);
    const { receiver } = await receiverOn(fresh.store, depth + 2);
    const outcomes = [];
    for (const id of ['l1', 'l2', 'l3']) outcomes.push((await receiver.receive(message(id))).outcome);
    expect(outcomes).toEqual(['stored', 'stored', 'not-stored']);
    expect(receiver.ready()).toEqual({ ok: false, reason: 'too-many-waiting' });
    await sql`update inbox set state = 'processed' where control_id in ('l1', 'l2')`.execute(
      fresh.store.other,
    );
    await until(() => receiver.ready().ok, 2_500);
  });

  it('R11 nothing is taken on when the disk of an embedded database is nearly full', async () => {
    const gigabyte = 1024 ** 3;
    let free = 4 * gigabyte;
    const store: Store = {
      ...fresh.store,
      freeSpace: () => Promise.resolve({ free, total: 100 * gigabyte }),
    };
    const { receiver } = await receiverOn(store);
    expect(receiver.ready()).toEqual({ ok: false, reason: 'disk-nearly-full' });
    expect(await receiver.receive(message('full'))).toMatchObject({ outcome: 'not-stored', reason: 'full' });
    free = 6 * gigabyte;
    await until(() => receiver.ready().ok, 2_500);
  });

  const refusal = (text: string) => ({
    feed: 'rio', peer: 'p', kind: 'parse/not-hl7v2', where: 'MSH', body: Buffer.from(text), at: new Date(0),
  }); // prettier-ignore

  it('R7 a refused message is kept, of a long one the beginning', async () => {
    const { receiver, metrics } = await receiverOn(fresh.store);
    await receiver.refuse(refusal('x'.repeat(100_000)));
    const kept = await fresh.store.other.selectFrom('refused').select('body').execute();
    expect(kept.map(({ body }) => body.length)).toEqual([65_536]);
    expect((await metrics.refused.get()).values[0]?.value).toBe(1);
  });

  it('R2 R7 a refusal that cannot be kept is an error, and none is taken while nothing is', async () => {
    const { receiver, metrics } = await receiverOn(fresh.store);
    await expect(receiver.refuse({ ...refusal('x'), peer: 'not\0storable' })).rejects.toBeDefined();
    expect(receiver.ready()).toEqual({ ok: true });
    expect((await metrics.refused.get()).values).toEqual([]);
    const full: Store = { ...fresh.store, freeSpace: () => Promise.resolve({ free: 1, total: 1_000 }) };
    const unready = (await receiverOn(full)).receiver;
    await expect(unready.refuse(refusal('y'))).rejects.toMatchObject({ kind: 'internal/not-ready' });
    expect(await fresh.store.other.selectFrom('refused').select('id').execute()).toHaveLength(1);
  });

  it('after close nothing is taken on, and what was taken is answered', async () => {
    const { receiver } = await receiverOn(fresh.store);
    const last = receiver.receive(message('last'));
    const closed = receiver.close();
    expect(await receiver.receive(message('too late'))).toMatchObject({ reason: 'stopping' });
    await closed;
    expect((await last).outcome).toBe('stored');
  });

  it('R2 a stopped database means not stored and not ready, and the intake recovers by itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ips-bridge-r2-'));
    const store = await openStore({ folder }, { log });
    const { receiver } = await receiverOn(store);
    expect((await receiver.receive(message('before'))).outcome).toBe('stored');
    const pid = Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    // Whoever would start it again waits for this lock.
    await withFolderLock(folder, async () => {
      process.kill(pid, 'SIGKILL');
      // Its children live on for a moment.
      while (await inboxDepth(store.intake).then(() => true, () => false)) await sleep(5); // prettier-ignore
      const receipts = await Promise.all(['a', 'b', 'c'].map((id) => receiver.receive(message(id))));
      expect(receipts).toEqual(
        receipts.map(() => ({ outcome: 'not-stored', reason: 'storage-failed', retryAfter: 5 })),
      );
      expect(receiver.ready()).toEqual({ ok: false, reason: 'storage-failed' });
      expect((await receiver.receive(message('d'))).outcome).toBe('not-stored');
      await expect(receiver.refuse(refusal('e'))).rejects.toMatchObject({ kind: 'internal/not-ready' });
    });
    await until(() => receiver.ready().ok, 20_000);
    expect((await receiver.receive(message('a'))).outcome).toBe('stored');
    expect(await inboxDepth(store)).toBe(2);
    await receiver.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
});
