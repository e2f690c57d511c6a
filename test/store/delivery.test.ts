// Effects of which nobody knows whether they were done, and people whom a held identity message names.
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { personKeyText } from '../../src/fhir/canonical.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { inTransaction } from '../../src/store/database.ts';
import { claim, claimAmbiguous, freeze, renewLease, settle } from '../../src/store/delivery.ts';
import { cancelEffect, effectByRow, heldEffects } from '../../src/store/effects.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { mergePersons } from '../../src/store/merge.ts';
import { addDecision, latestByKey } from '../../src/store/outbox.ts';
import { holdIdentity, lockPersons, releaseIdentity } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const operator = { kind: 'operator', name: 'asha' } as const;
const at = new Date('2026-01-02T10:00:00Z');
const failure = { kind: 'delivery/http-500', message: 'the server answered 500' };
const unclear = { outcome: 'ambiguous', askAfterMs: 0, failure } as const;

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());

const keyOf = (value: string) => ({ system: 'https://rzz.example/Id/patient', value });

async function add(person: string): Promise<number> {
  const decision: Decision = {
    action: 'make',
    effect: 'propose-referral',
    rule: 'wants-work',
    title: 'The person has said they want paid work',
    key: `wants-work/wish/${person}`,
    team: { id: 'T1', name: 'North CMHT', type: 'A06' },
    reasons: [],
    decidedAt: at.toISOString(),
    ruleSet: 'abc',
  };
  return inTransaction(store, async (tx) => {
    const id = (await lockPersons(tx, [keyOf(person)])).get(personKeyText(keyOf(person)))!;
    const effect = { destination: 'epr', order: 'person', person: id, revision: 1, decision } as const;
    return addDecision(tx, { ...effect, state: 'pending', inboxRow: undefined });
  });
}

const take = () => claim(store, 'epr', 'worker', 15_000);
const takeToAsk = () => claimAmbiguous(store, 'epr', 'worker', 15_000);
const pass = (hours: number) =>
  sql`update outbox set ambiguous_since = ambiguous_since - ${hours} * interval '1 hour'`.execute(
    store.other,
  );

/** An effect that was sent and of which nothing was heard. */
async function addUnclear(person: string): Promise<number> {
  const row = await add(person);
  await take();
  await freeze(store, row, 1, Buffer.from('bytes'));
  await settle(store, row, 1, unclear);
  return row;
}

beforeEach(async () => {
  await sql`truncate outbox, identity_hold, audit cascade`.execute(store.other);
});

describe('an effect that may have been done', () => {
  it('is shown with the held ones once it has been asked about in vain for an hour, and can be given up', async () => {
    const row = await addUnclear('p');
    expect(await heldEffects(store)).toEqual([]);
    await pass(2);
    for (const attempt of [2, 3]) {
      await takeToAsk();
      await settle(store, row, attempt, unclear);
    }
    expect(await heldEffects(store)).toMatchObject([
      { row, state: 'ambiguous', failure: { kind: failure.kind, message: expect.stringContaining('500') } },
    ]);
    expect(await cancelEffect(store, row, operator, 'looked there myself', at)).toBe(true);
    expect(await heldEffects(store)).toEqual([]);
    const { person, key } = (await effectByRow(store, row))!;
    expect(await latestByKey(store, [person], [key])).toMatchObject([{ state: 'cancelled', inDoubt: true }]);
  });

  it('begins its hour anew each time it has been sent', async () => {
    const row = await addUnclear('p');
    await pass(2);
    await takeToAsk();
    await settle(store, row, 2, { outcome: 'not-landed' });
    await take();
    await settle(store, row, 3, unclear);
    expect(await heldEffects(store)).toEqual([]);
  });

  it('counts a failure only where it is told to', async () => {
    const row = await addUnclear('p');
    for (const [attempt, counts] of [
      [2, false],
      [3, true],
    ] as const) {
      await takeToAsk();
      await settle(store, row, attempt, { ...unclear, counts });
    }
    expect(await takeToAsk()).toMatchObject({ failures: 1 });
  });
});

describe('somebody whom others were merged into', () => {
  const merge = (survivor: string, merged: string) =>
    inTransaction(store, (tx) =>
      mergePersons(tx, { survivor: keyOf(survivor), merged: keyOf(merged), inboxRow: undefined, at }),
    );

  it('R12 is not written to while a held identity message names one of these', async () => {
    const row = await add('sur');
    await merge('sur', 'mer');
    const [stored] = await insertArrivals(store, [message('A40-held')]);
    await inTransaction(store, async (tx) => {
      const { rows } = await sql<{ id: number }>`
        select person_id as id from person_identifier where value = 'mer'`.execute(tx);
      await holdIdentity(tx, stored!.row, [rows[0]!.id]);
    });
    expect(await take()).toBeUndefined();
    await inTransaction(store, (tx) => releaseIdentity(tx, stored!.row));
    expect((await take())?.row).toBe(row);
  });

  it('R12 is not who an effect was claimed for: that claim is renewed for the other no more', async () => {
    const row = await add('one');
    const { person } = (await take())!;
    expect(await renewLease(store, row, 1, 15_000, person)).toBe(true);
    await merge('two', 'one');
    expect(await renewLease(store, row, 1, 15_000, person)).toBe(false);
    expect(await renewLease(store, row, 1, 15_000)).toBe(true);
  });
});
