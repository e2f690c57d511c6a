// What an operator has paused, as the lanes see it: nothing of a paused feed is read, nothing of a paused destination
// is claimed or asked about, and whoever resumes it wakes the workers.
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { claim, claimAmbiguous } from '../../src/store/delivery.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { withFeedBatch } from '../../src/store/lanes.ts';
import { pausePart, pausedParts, resumePart } from '../../src/store/paused.ts';
import type { Act } from '../../src/store/paused.ts';
import { openWake } from '../../src/store/wake.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';
import { until } from '../support/trust.ts';

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());
beforeEach(() => sql`truncate paused, inbox, inbox_body, outbox, audit cascade`.execute(store.other));

const act: Act = {
  actor: { kind: 'operator', name: 'sam' },
  reason: 'the feed sends yesterday again',
  at: new Date('2026-03-01T12:00:00Z'),
};
const rio = { what: 'feed', id: 'rio' } as const;
const epr = { what: 'destination', id: 'epr' } as const;

async function readRows(feed: string): Promise<readonly string[]> {
  let read: readonly string[] = [];
  await withFeedBatch(store, feed, 10, (_tx, rows) => {
    read = rows.map(({ controlId }) => controlId);
    return Promise.resolve();
  });
  return read;
}

async function addEffect(state: 'pending' | 'ambiguous'): Promise<void> {
  await sql`with p as (insert into person default values returning id)
    insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, state, frozen)
    select 'epr', id, id, 'wants-work/' || id, 1, 'wants-work', 'CMHT-N', '{"action":"make"}', ${state}, 'bytes' from p`.execute(
    store.other,
  );
}

const audited = () =>
  store.other.selectFrom('audit').select(['actor', 'action', 'at', 'detail']).orderBy('id').execute();

describe('a pause', () => {
  it('keeps what a feed has sent where it is, of this feed alone, and its end gives it back in order', async () => {
    await insertArrivals(store, [message('1'), message('2'), message('3', '3', { feed: 'ips-notes' })]);
    expect(await pausePart(store, rio, act)).toBe(true);
    expect(await readRows('rio')).toEqual([]);
    expect(await readRows('ips-notes')).toEqual(['3']);
    await insertArrivals(store, [message('4')]);
    expect(await resumePart(store, rio, act)).toBe(true);
    expect(await readRows('rio')).toEqual(['1', '2', '4']);
  });

  it('holds back notes like any other feed', async () => {
    await insertArrivals(store, [message('1', '1', { feed: 'ips-notes' })]);
    await pausePart(store, { what: 'feed', id: 'ips-notes' }, act);
    expect(await readRows('ips-notes')).toEqual([]);
  });

  it('of a feed is in force only after what is being processed has been finished', async () => {
    await insertArrivals(store, [message('1')]);
    const order: string[] = [];
    let pausing: Promise<unknown> = Promise.resolve();
    await withFeedBatch(store, 'rio', 10, async () => {
      pausing = pausePart(store, rio, act).then(() => order.push('paused'));
      await new Promise((done) => setTimeout(done, 300));
      order.push('processed');
    });
    await pausing;
    expect(order).toEqual(['processed', 'paused']);
  });

  it('of a destination keeps it from being sent to and from being asked', async () => {
    await addEffect('pending');
    await addEffect('ambiguous');
    await pausePart(store, epr, act);
    expect(await claim(store, 'epr', 'worker', 1_000)).toBeUndefined();
    expect(await claimAmbiguous(store, 'epr', 'worker', 1_000)).toBeUndefined();
    await resumePart(store, epr, act);
    expect(await claim(store, 'epr', 'worker', 1_000)).toMatchObject({ destination: 'epr' });
    expect(await claimAmbiguous(store, 'epr', 'worker', 1_000)).toMatchObject({ destination: 'epr' });
  });

  it('and its end are audited with who and why; the same again is neither a change nor an entry', async () => {
    expect(await pausePart(store, epr, act)).toBe(true);
    expect(await pausePart(store, epr, { ...act, reason: 'another reason' })).toBe(false);
    expect(await pausedParts(store)).toEqual([
      { ...epr, actor: 'operator:sam', reason: act.reason, at: act.at },
    ]);
    expect(await resumePart(store, epr, { ...act, reason: 'mended' })).toBe(true);
    expect(await resumePart(store, epr, act)).toBe(false);
    expect(await audited()).toEqual([
      {
        actor: 'operator:sam',
        action: 'paused',
        at: act.at,
        detail: { destination: 'epr', reason: act.reason },
      },
      {
        actor: 'operator:sam',
        action: 'resumed',
        at: act.at,
        detail: { destination: 'epr', reason: 'mended' },
      },
    ]);
  });

  it('R40 that cannot be audited does not happen', async () => {
    await sql`alter table audit add constraint nobody check (action <> 'paused')`.execute(store.other);
    try {
      await expect(pausePart(store, rio, act)).rejects.toThrow();
      expect(await pausedParts(store)).toEqual([]);
    } finally {
      await sql`alter table audit drop constraint nobody`.execute(store.other);
    }
  });

  it.each([
    ['inbox', rio],
    ['outbox', epr],
  ] as const)('that ends wakes whoever works on the %s', async (topic, part) => {
    const calls: string[] = [];
    const wake = openWake(store, (heard) => calls.push(heard), { log: createLog('silent') });
    const waiting = async (): Promise<boolean> => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity where datname = current_database() and query like 'listen %'`.execute(store.other); // prettier-ignore
      return (rows[0]?.n ?? 0) > 0;
    };
    await until('somebody listens', waiting);
    await pausePart(store, part, act);
    // The poll wakes both; a call wakes one alone.
    const counts = () => ['inbox', 'outbox'].map((each) => calls.filter((call) => call === each).length);
    const before = counts();
    const lead = (): number => {
      const [inbox = 0, outbox = 0] = counts();
      const [inboxBefore = 0, outboxBefore = 0] = before;
      const ahead = inbox - inboxBefore - (outbox - outboxBefore);
      return topic === 'inbox' ? ahead : -ahead;
    };
    await resumePart(store, part, act);
    await until('a call of its own', () => Promise.resolve(lead() >= 1), 10_000);
    await wake.close();
  });
});
