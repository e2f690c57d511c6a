import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { effectKinds } from '../../src/ips/decision.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { personKeyText } from '../../src/fhir/canonical.ts';
import { inTransaction } from '../../src/store/database.ts';
import type { Tx } from '../../src/store/database.ts';
import {
  claimAmbiguous,
  expireLeases,
  freeze,
  pauseDestination,
  pauses,
  renewLease,
  settle,
} from '../../src/store/delivery.ts';
import type { Settlement } from '../../src/store/delivery.ts';
import {
  cancelEffect,
  effectByRow,
  effectCounts,
  effectsOfPerson,
  heldEffects,
  replayEffect,
} from '../../src/store/effects.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { claim } from '../../src/store/lanes.ts';
import { mergePersons } from '../../src/store/merge.ts';
import { addDecision, applyLive, latestByKey, supersede } from '../../src/store/outbox.ts';
import type { Live, NewEffect } from '../../src/store/outbox.ts';
import { holdIdentity, lockPersons, releaseIdentity } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const operator = { kind: 'operator', name: 'asha' } as const;
const at = new Date('2026-01-02T10:00:00Z');
const failure = { kind: 'delivery/unavailable', message: 'the EPR answered 503' };

const decision = (key: string, given: Partial<Decision> = {}): Decision => ({
  action: 'make',
  effect: 'propose-referral',
  rule: 'wants-work',
  title: 'The person has said they want paid work',
  key,
  team: { id: 'T1', name: 'North CMHT', type: 'A06' },
  reasons: [],
  decidedAt: at.toISOString(),
  ruleSet: 'abc',
  ...given,
});

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());

async function personOf(tx: Tx, value: string): Promise<number> {
  const key = { system: 'https://rzz.example/Id/patient', value };
  return (await lockPersons(tx, [key])).get(personKeyText(key))!;
}

const add = (person: string, key: string, given: Partial<NewEffect> = {}): Promise<number> =>
  inTransaction(store, async (tx) =>
    addDecision(tx, {
      destination: 'epr',
      order: 'person',
      person: await personOf(tx, person),
      revision: 1,
      state: 'pending',
      decision: decision(key),
      inboxRow: undefined,
      ...given,
    }),
  );
const take = () => claim(store, 'epr', 'worker', 15_000);
const relive = (live: Live, rulesOn: readonly string[] = ['wants-work']) =>
  applyLive(store, 'epr', live, { rulesOn, carries: effectKinds });
const stateOf = async (row: number) => (await effectByRow(store, row))!.state;

describe('outbox', () => {
  beforeEach(async () => {
    await sql`truncate outbox, destination_pause, identity_hold, audit cascade`.execute(store.other);
  });

  it('a lane gives its effects in order, and the next only when the one before is settled', async () => {
    const first = await add('p', 'k1');
    const second = await add('p', 'k2');
    const claimed = (await take())!;
    expect(claimed).toMatchObject({ row: first, attempt: 1, key: 'k1', frozen: undefined });
    expect(await take()).toBeUndefined();
    await settle(store, first, 1, { outcome: 'ambiguous', askAfterMs: 0, failure });
    expect(await take()).toBeUndefined();
    const asked = (await claimAmbiguous(store, 'epr', 'worker', 15_000))!;
    expect(asked).toMatchObject({ row: first, attempt: 2 });
    expect(await claimAmbiguous(store, 'epr', 'other', 15_000)).toBeUndefined();
    await settle(store, first, 2, { outcome: 'delivered', references: ['Task/1'], confirmed: true });
    expect((await take())?.row).toBe(second);
    expect(await effectByRow(store, first)).toMatchObject({ state: 'delivered', references: ['Task/1'] });
  });

  it('an effect that is not due holds its own lane and no other', async () => {
    const first = await add('p', 'k1');
    await add('p', 'k2');
    await take();
    await settle(store, first, 1, { outcome: 'transient', retryAfterMs: 60_000, counts: true, failure });
    expect(await take()).toBeUndefined();
    const other = await add('q', 'k3');
    expect((await take())?.row).toBe(other);
  });

  it('R46 whoever settles with an attempt that is no longer the latest changes nothing', async () => {
    const ends: readonly Settlement[] = [
      { outcome: 'delivered', references: [], confirmed: false },
      { outcome: 'transient', retryAfterMs: 0, counts: true, failure },
      { outcome: 'not-landed' },
      { outcome: 'ambiguous', askAfterMs: 0, failure },
      { outcome: 'held', failure },
      { outcome: 'cancelled', message: 'accepted already' },
      { outcome: 'superseded', message: 'changed in between' },
    ];
    for (const [place, end] of ends.entries()) {
      const row = await add(`stale-${place}`, `stale-${place}`);
      await take();
      expect(
        await settle(store, row, 1, { outcome: 'transient', retryAfterMs: 0, counts: true, failure }),
      ).toBe(true);
      expect((await take())?.attempt).toBe(2);
      for (const stale of [0, 1, 3]) expect(await settle(store, row, stale, end)).toBe(false);
      expect(await freeze(store, row, 1, Buffer.from('late'))).toBe(false);
      expect(await renewLease(store, row, 1, 1_000)).toBe(false);
      expect(await effectByRow(store, row)).toMatchObject({ state: 'sending', attempt: 2 });
      expect(await settle(store, row, 2, end)).toBe(true);
      for (const again of ends) expect(await settle(store, row, 2, again)).toBe(false);
      await sql`update outbox set state = 'cancelled'`.execute(store.other);
    }
  });

  it('bytes are frozen once, and a retry gets the same ones', async () => {
    const row = await add('p', 'k');
    await take();
    expect(await freeze(store, row, 1, Buffer.from('bytes'))).toBe(true);
    expect(await freeze(store, row, 1, Buffer.from('others'))).toBe(false);
    await settle(store, row, 1, { outcome: 'transient', retryAfterMs: 0, counts: true, failure });
    expect(await take()).toMatchObject({ frozen: Buffer.from('bytes'), failures: 1, attempt: 2 });
  });

  it('a lapsed lease makes an effect ambiguous if anything may have been sent, else pending', async () => {
    const [sent, unsent] = [await add('p', 'k1'), await add('q', 'k2')];
    for (let step = 0; step < 2; step += 1) {
      const claimed = (await claim(store, 'epr', 'worker', 150))!;
      if (claimed.row === sent) await freeze(store, sent, 1, Buffer.from('x'));
    }
    expect(await expireLeases(store)).toEqual({ pending: 0, ambiguous: 0 });
    expect(await renewLease(store, sent, 1, 150)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 160));
    expect(await renewLease(store, sent, 1, 10_000)).toBe(false);
    expect(await expireLeases(store)).toEqual({ pending: 1, ambiguous: 1 });
    expect([await stateOf(sent), await stateOf(unsent)]).toEqual(['ambiguous', 'pending']);
    expect((await claimAmbiguous(store, 'epr', 'worker', 1_000))?.frozen).toEqual(Buffer.from('x'));
  });

  it('a paused destination is not claimed from, and a shorter pause does not shorten a longer one', async () => {
    const row = await add('p', 'k');
    await pauseDestination(store, 'epr', 60_000, 'silent');
    await pauseDestination(store, 'epr', 1, 'asked to wait');
    expect(await take()).toBeUndefined();
    expect(await pauses(store)).toMatchObject([{ destination: 'epr', reason: 'asked to wait' }]);
    await sql`delete from destination_pause`.execute(store.other);
    expect((await take())?.row).toBe(row);
  });

  it('a held effect lets its lane go on, but not the next revision of itself', async () => {
    const held = await add('p', 'k1');
    await take();
    await settle(store, held, 1, { outcome: 'held', failure });
    await add('p', 'k1', { revision: 2 });
    expect(await take()).toBeUndefined();
    const other = await add('q', 'k9');
    expect((await take())?.row).toBe(other);
    expect(await cancelEffect(store, held, operator, 'not wanted', at)).toBe(true);
    expect((await take())?.revision).toBe(2);
  });

  it('R12 nothing is claimed for somebody whom a held identity message names', async () => {
    const row = await add('p', 'k');
    const [stored] = await insertArrivals(store, [message('A40-held')]);
    await inTransaction(store, async (tx) => holdIdentity(tx, stored!.row, [await personOf(tx, 'p')]));
    expect(await take()).toBeUndefined();
    await inTransaction(store, (tx) => releaseIdentity(tx, stored!.row));
    expect((await take())?.row).toBe(row);
  });

  it('R12 open effects of a merged person follow into the survivor’s lane', async () => {
    const mine = await add('sur', 'k1');
    const theirs = await add('mer', 'k2');
    await inTransaction(store, (tx) => {
      const named = (value: string) => ({ system: 'https://rzz.example/Id/patient', value });
      return mergePersons(tx, { survivor: named('sur'), merged: named('mer'), inboxRow: undefined, at });
    });
    const claimed = (await take())!;
    expect(claimed.row).toBe(mine);
    expect(await take()).toBeUndefined();
    expect((await latestByKey(store, [claimed.person], ['k1', 'k2'])).map((each) => each.row)).toEqual([
      mine,
      theirs,
    ]);
    expect((await effectsOfPerson(store, claimed.person)).map((each) => each.person)).toEqual([
      claimed.person,
      claimed.person,
    ]);
  });

  it('a later decision drops what was not sent, and nothing that may have been', async () => {
    const [pending, observed] = [await add('p', 'k1'), await add('p', 'k2', { state: 'observed' })];
    const drop = (row: number) => inTransaction(store, (tx) => supersede(tx, row));
    expect([await drop(pending), await drop(observed), await drop(pending)]).toEqual([true, true, false]);
    const sending = await add('q', 'k3');
    await take();
    expect(await drop(sending)).toBe(false);
    await settle(store, sending, 1, { outcome: 'ambiguous', askAfterMs: 0, failure });
    expect(await drop(sending)).toBe(false);
    await claimAmbiguous(store, 'epr', 'worker', 1_000);
    await settle(store, sending, 2, { outcome: 'held', failure });
    expect(await drop(sending)).toBe(false);
    expect(await latestByKey(store, [(await effectByRow(store, sending))!.person], ['k3'])).toMatchObject([
      { row: sending, state: 'held', inDoubt: true },
    ]);
  });

  it('a replay renders anew, but asks first where an earlier send may have landed', async () => {
    const [refused, doubtful] = [await add('p', 'k1'), await add('q', 'k2')];
    for (let step = 0; step < 2; step += 1) {
      const { row, attempt } = (await take())!;
      await freeze(store, row, attempt, Buffer.from('old'));
      const first: Settlement = { outcome: 'ambiguous', askAfterMs: 0, failure };
      await settle(store, row, attempt, row === doubtful ? first : { outcome: 'held', failure });
    }
    await claimAmbiguous(store, 'epr', 'worker', 1_000);
    await settle(store, doubtful, 2, { outcome: 'held', failure });
    expect((await heldEffects(store)).map((each) => [each.row, each.failure?.kind])).toEqual([
      [refused, failure.kind],
      [doubtful, failure.kind],
    ]);
    for (const row of [refused, doubtful]) expect(await replayEffect(store, row, operator, at)).toBe(true);
    expect(await replayEffect(store, refused, operator, at)).toBe(false);
    expect(await take()).toMatchObject({ row: refused, frozen: undefined });
    expect(await claimAmbiguous(store, 'epr', 'worker', 1_000)).toMatchObject({
      row: doubtful,
      frozen: Buffer.from('old'),
    });
    expect(
      await store.other.selectFrom('audit').select(['action', 'outbox_id']).orderBy('id').execute(),
    ).toEqual([
      { action: 'replayed', outbox_id: refused },
      { action: 'replayed', outbox_id: doubtful },
    ]);
  });

  it('what is observed is sent once its team and rule are live, and goes back when they no longer are', async () => {
    const observed = (person: string, key: string, given: Partial<Decision> = {}) =>
      add(person, key, { state: 'observed', decision: decision(key, given) });
    const north = await observed('p', 'k1');
    const south = await observed('q', 'k2', { team: { id: 'T2', name: 'South', type: 'A06' } });
    const ask = await observed('r', 'k3', { rule: 'ask-about-work' });
    const states = () => Promise.all([north, south, ask].map(stateOf));
    expect(await take()).toBeUndefined();
    expect(await relive(['T1'])).toEqual({ promoted: 1, demoted: 0 });
    expect(await states()).toEqual(['pending', 'observed', 'observed']);
    const on = ['wants-work', 'ask-about-work'];
    expect(await relive('all', on)).toEqual({ promoted: 2, demoted: 0 });
    expect(await relive(['T2'], on)).toEqual({ promoted: 0, demoted: 2 });
    expect(await states()).toEqual(['observed', 'pending', 'observed']);
    expect(await effectCounts(store)).toEqual([
      { destination: 'epr', state: 'observed', rows: 2 },
      { destination: 'epr', state: 'pending', rows: 1 },
    ]);
    expect(await relive('none', on)).toEqual({ promoted: 0, demoted: 1 });
  });

  it('switching a rule off sends nothing of what it had only observed, and keeps back what it had not sent', async () => {
    const observed = await add('p', 'k1', { state: 'observed', decision: decision('k1', { rule: 'ask-about-work' }) }); // prettier-ignore
    const waiting = await add('q', 'k2', { decision: decision('k2', { rule: 'taken-away' }) });
    expect(await relive('all')).toEqual({ promoted: 0, demoted: 1 });
    expect([await stateOf(observed), await stateOf(waiting), await take()]).toEqual(['observed', 'observed', undefined]); // prettier-ignore
  });

  it('what a destination does not carry any more is sent by no change of its teams, and goes back', async () => {
    const rows = [await add('p', 'k1', { state: 'observed' }), await add('q', 'k2')];
    await applyLive(store, 'epr', 'all', { rulesOn: ['wants-work'], carries: ['ask-wish'] });
    expect(await Promise.all(rows.map(stateOf))).toEqual(['observed', 'observed']);
  });

  it('what has gone out is taken back even where its destination is no longer live', async () => {
    const because = 'the person has declined since';
    const withdrawal = await add('p', 'k1', {
      revision: 2,
      decision: decision('k1', { action: 'withdraw', because }),
    });
    const unsent = await add('q', 'k2');
    for (const live of ['none', ['T2']] as const) await relive(live);
    expect([await stateOf(withdrawal), await stateOf(unsent)]).toEqual(['pending', 'observed']);
    expect((await take())?.row).toBe(withdrawal);
  });
});
