// The steps that deliver, the rules, operators and merges take on the outbox, each played on a real store and on the model
// of outbox-model.ts. After every step all rows are compared, and what must hold of any two moments is looked at.
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { effectKinds } from '../../src/ips/decision.ts';
import type { Decision } from '../../src/ips/decision.ts';
import type { PersonKey } from '../../src/fhir/canonical.ts';
import { inTransaction } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import type { ClaimedEffect, Settlement } from '../../src/store/delivery.ts';
import { claim, claimAmbiguous, expireLeases, freeze, renewLease, settle } from '../../src/store/delivery.ts'; // prettier-ignore
import { cancelEffect, replayEffect } from '../../src/store/effects.ts';
import { mergePersons } from '../../src/store/merge.ts';
import { addDecision, applyLive, supersede } from '../../src/store/outbox.ts';
import { asStored, askable, claimable, expired, inFlight, isBehindHeld, isOver, lease, merged, relived, replayed, settled } from './outbox-model.ts'; // prettier-ignore
import type { ModelRow, OutboxModel, TimedRow } from './outbox-model.ts';

/** The store, and the rows as they were after the step before. */
export interface RealOutbox {
  readonly store: Store;
  readonly keys: readonly PersonKey[];
  before: readonly ModelRow[];
}

type Step = fc.AsyncCommand<OutboxModel, RealOutbox>;

const operator = { kind: 'operator', name: 'asha' } as const;
const at = new Date('2026-01-02T10:00:00Z');
const longMs = 600_000;

/** A step that is taken where there is something to take it on. */
function step(
  name: string,
  ready: (model: OutboxModel) => boolean,
  take: (model: OutboxModel, real: RealOutbox) => Promise<void>,
): Step {
  return {
    check: ready,
    run: async (model, real) => {
      await take(model, real);
      const rows = await storedRows(real.store, model.destination);
      expect(rows).toEqual(model.rows.map(asStored));
      expectLawful(real.before, rows, name.startsWith('replay'));
      real.before = rows;
    },
    toString: () => name,
  };
}

/** Every row of a destination, in order, in the shape of the model. */
async function storedRows(store: Store, destination: string): Promise<readonly ModelRow[]> {
  const { rows } = await sql<ModelRow>`
    select id, key, revision, decision ->> 'action' as action, person_id as person, lane, state, in_doubt as "inDoubt",
      attempt, failures, convert_from(frozen, 'UTF8') as frozen, "references", confirmed_at is not null as confirmed,
      settled_at is not null as settled, lease_owner is not null and state in ('sending', 'ambiguous') as leased
    from outbox where destination = ${destination} order by id`.execute(store.other);
  return rows;
}

/** What no step may do, whatever the model says. */
function expectLawful(before: readonly ModelRow[], after: readonly ModelRow[], isReplay: boolean): void {
  for (const row of before) {
    const now = after.find(({ id }) => id === row.id);
    if (isOver(row)) expect(now).toEqual(row);
    if (row.frozen !== null && !(isReplay && !row.inDoubt)) expect(now?.frozen).toBe(row.frozen);
    expect(now?.attempt).toBeGreaterThanOrEqual(row.attempt);
  }
  for (const row of after) {
    if (row.state === 'delivered') expect(row.references).not.toEqual([]);
    if (row.state === 'observed') expect(row.inDoubt).toBe(false);
    if (row.state === 'sending') expect(row.leased).toBe(true);
    const was = before.find(({ id }) => id === row.id);
    if (row.state !== 'sending' || was?.state === 'sending') continue;
    // It was claimed just now: nothing of its lane was in flight, and nothing earlier of it waited but for a person.
    const lane = before.filter(
      (other) => other.lane === row.lane && other.id !== row.id && !isBehindHeld(other, before),
    );
    expect(lane.filter((other) => inFlight(other) || (other.state === 'pending' && other.id < row.id))).toEqual([]); // prettier-ignore
  }
}

const pick = fc.nat(99);
function one<T>(rows: readonly T[], place: number): T {
  const row = rows[place % rows.length];
  if (row === undefined) throw new Error('a step was taken where nothing was ready for it');
  return row;
}
const some = (is: (row: TimedRow) => boolean) => (model: OutboxModel) => model.rows.some(is);

const add = fc
  .tuple(fc.nat(2), fc.nat(1), fc.constantFrom<Decision['action']>('make', 'make', 'withdraw'))
  .map(([place, which, action]) =>
    step(`add ${action} ${place}/${which}`, () => true, async (model, { store }) => {
      const born = one(model.people, place);
      const person = model.survivors.get(born) ?? born;
      const key = `${born}/${which}`;
      const revision = 1 + model.rows.filter((row) => row.key === key).length;
      const state = model.live || action === 'withdraw' ? 'pending' : 'observed';
      const decision: Decision = {
        action, key, effect: 'propose-referral', rule: 'wants-work', title: 'The person has said they want paid work',
        team: { id: 'T1', name: 'North CMHT', type: 'A06' }, reasons: [], decidedAt: at.toISOString(), ruleSet: 'abc',
      }; // prettier-ignore
      const { destination, order } = model;
      const id = await inTransaction(store, (tx) => addDecision(tx, { destination, order, person, revision, state, decision, inboxRow: undefined })); // prettier-ignore
      model.rows.push({
        id, key, revision, action, person, lane: order === 'person' ? person : 0, state, inDoubt: false, attempt: 0,
        failures: 0, frozen: null, references: [], confirmed: false, settled: false, leased: false, lapsed: false, due: true,
      }); // prettier-ignore
    }),
  ); // prettier-ignore

/** A claim gives one of these, and nothing only where there is none. */
function expectOneOf(
  candidates: readonly TimedRow[],
  claimed: ClaimedEffect | undefined,
): TimedRow | undefined {
  if (candidates.length === 0) expect(claimed).toBeUndefined();
  else expect(candidates.map(({ id }) => id)).toContain(claimed?.row);
  return candidates.find(({ id }) => id === claimed?.row);
}

/** A sender takes what is its turn; mostly it has bytes for it at once, as one that goes on to send has. */
const claimOne = fc.constantFrom('bytes', 'bytes', undefined).map((bytes) =>
  step(`claim, ${bytes ?? 'nothing yet'}`, some(({ state }) => state === 'pending'), async (model, { store }) => {
    const claimed = await claim(store, model.destination, 'sender', longMs);
    const row = expectOneOf(claimable(model), claimed);
    if (row === undefined || claimed === undefined) return;
    row.state = 'sending';
    lease(row);
    const frozen = row.frozen === null ? undefined : Buffer.from(row.frozen);
    expect(claimed).toMatchObject({ attempt: row.attempt, person: row.person, frozen });
    if (bytes === undefined) return;
    expect(await freeze(store, row.id, row.attempt, Buffer.from(bytes))).toBe(row.frozen === null);
    row.frozen ??= bytes;
  }),
); // prettier-ignore

const askOne = step('claim an ambiguous one', some(({ state }) => state === 'ambiguous'), async (model, { store }) => {
  const row = expectOneOf(askable(model), await claimAmbiguous(store, model.destination, 'asker', longMs));
  if (row !== undefined) lease(row);
}); // prettier-ignore

/** 0: as the claim was; else an attempt that is not the latest. */
const stale = fc.constantFrom(0, 0, 0, 0, -1, 1);
const holds = (row: TimedRow, off: number): boolean =>
  off === 0 && inFlight(row) && row.leased && !row.lapsed;

const freezeOne = fc.tuple(pick, stale, fc.constantFrom('one', 'two')).map(([place, off, bytes]) =>
  step(`freeze ${place} ${off} ${bytes}`, some(({ attempt }) => attempt > 0), async ({ rows }, { store }) => {
    const row = one(rows.filter(({ attempt }) => attempt > 0), place);
    const expected = holds(row, off) && row.state === 'sending' && row.frozen === null;
    expect(await freeze(store, row.id, row.attempt + off, Buffer.from(bytes))).toBe(expected);
    if (expected) row.frozen = bytes;
  }),
); // prettier-ignore

const renew = fc.tuple(pick, stale, fc.constantFrom(undefined, 'same', 'other')).map(([place, off, whom]) =>
  step(`renew ${place} ${off} ${whom ?? 'anybody'}`, some(({ attempt }) => attempt > 0), async ({ rows }, { store }) => {
    const row = one(rows.filter(({ attempt }) => attempt > 0), place);
    const person = whom === undefined ? undefined : row.person + (whom === 'same' ? 0 : 1);
    expect(await renewLease(store, row.id, row.attempt + off, longMs, person)).toBe(holds(row, off) && whom !== 'other');
  }),
); // prettier-ignore

const failure = { kind: 'delivery/unavailable', message: 'the EPR answered 503' };
const ms = fc.constantFrom(0, 0, longMs);
const counts = fc.boolean();
const answers: fc.Arbitrary<Settlement>[] = [
  fc.boolean().map((confirmed) => ({ outcome: 'delivered', references: ['Task/1', 'ServiceRequest/1'], confirmed })),
  ms.map((retryAfterMs) => ({ outcome: 'not-landed', retryAfterMs })),
  fc.boolean().map((inDoubt) => ({ outcome: 'not-landed', inDoubt })),
  fc.tuple(ms, counts).map(([askAfterMs, isCounted]) => ({ outcome: 'ambiguous', askAfterMs, counts: isCounted, failure })),
  fc.constantFrom<Settlement>({ outcome: 'held', failure }, { outcome: 'held', inDoubt: true }, { outcome: 'held', inDoubt: false, failure }),
]; // prettier-ignore
const ends: fc.Arbitrary<Settlement>[] = [
  ...answers,
  fc.tuple(ms, counts).map(([retryAfterMs, isCounted]) => ({ outcome: 'transient', retryAfterMs, counts: isCounted, failure })),
  fc.constantFrom<Settlement>({ outcome: 'cancelled', message: 'done already' }, { outcome: 'superseded', message: 'changed' }),
]; // prettier-ignore

function settling(name: string, of: (row: TimedRow) => boolean, end: fc.Arbitrary<Settlement>) {
  return fc.tuple(pick, stale, end).map(([place, off, given]) =>
    step(`settle ${name} ${place} ${off} ${JSON.stringify(given)}`, some(of), async ({ rows }, { store }) => {
      const row = one(rows.filter(of), place);
      const expected = off === 0 && inFlight(row) && row.leased;
      expect(await settle(store, row.id, row.attempt + off, given)).toBe(expected);
      if (expected) settled(row, given);
    }),
  ); // prettier-ignore
}

/** The sender or asker vanishes: its lease runs out. */
const crash = pick.map((place) =>
  step(`crash ${place}`, some((row) => inFlight(row) && row.leased), async ({ rows }, { store }) => {
    const row = one(rows.filter((each) => inFlight(each) && each.leased), place);
    await sql`update outbox set lease_until = clock_timestamp() - interval '1 second' where id = ${row.id}`.execute(store.other);
    row.lapsed = true;
  }),
); // prettier-ignore

const expire = step('expire leases', some(({ lapsed }) => lapsed), async (model, { store }) => {
  expect(await expireLeases(store)).toEqual(expired(model));
}); // prettier-ignore

const wait = step('time passes', some(({ due }) => !due), async (model, { store }) => {
  await sql`update outbox set due_at = clock_timestamp()
    where destination = ${model.destination} and due_at > clock_timestamp()`.execute(store.other);
  for (const row of model.rows) row.due = true;
}); // prettier-ignore

function acting(
  name: string,
  may: (row: TimedRow) => boolean,
  act: (store: Store, row: number) => Promise<boolean>,
  then: (row: TimedRow) => void,
) {
  return pick.map((place) =>
    step(`${name} ${place}`, some(() => true), async ({ rows }, { store }) => {
      // Mostly one of those that it may be done to.
      const row = one(place % 4 === 0 || !rows.some(may) ? rows : rows.filter(may), place);
      const expected = may(row);
      expect(await act(store, row.id)).toBe(expected);
      if (expected) then(row);
    }),
  ); // prettier-ignore
}

const over = (state: 'cancelled' | 'superseded') => (row: TimedRow) => {
  Object.assign(row, { state, settled: true, leased: false });
};

const live = fc.constantFrom(true, true, false).map((on) =>
  step(`live ${on ? 'all' : 'none'}`, (model) => on || model.rows.length > 2, async (model, { store }) => {
    expect(await applyLive(store, model.destination, on ? 'all' : 'none', { rulesOn: ['wants-work'], carries: effectKinds })).toEqual(relived(model, on));
  }),
); // prettier-ignore

const merge = fc.tuple(fc.nat(2), fc.nat(2)).map(([to, from]) =>
  step(`merge ${from} into ${to}`, () => true, async (model, { store, keys }) => {
    const instruction = { survivor: one(keys, to), merged: one(keys, from), inboxRow: undefined, at };
    const { changed } = await inTransaction(store, (tx) => mergePersons(tx, instruction));
    expect(changed).toBe(merged(model, one(model.people, to), one(model.people, from)));
  }),
); // prettier-ignore

const isSending = (row: TimedRow): boolean => row.state === 'sending';
const isAmbiguous = (row: TimedRow): boolean => row.state === 'ambiguous';
const inState = (row: TimedRow, ...states: readonly TimedRow['state'][]): boolean =>
  states.includes(row.state);

const replay = acting('replay', (row) => inState(row, 'held'), (store, row) => replayEffect(store, row, operator, at), replayed); // prettier-ignore

/** Sequences of steps; what moves rows on comes more often than what stops them. */
export const outboxSteps = fc.commands(
  [
    ...Array.from({ length: 5 }, () => [add, claimOne, settling('a sender', isSending, fc.oneof(...ends))]).flat(),
    ...Array.from({ length: 2 }, () => [crash, fc.constant(askOne), settling('an asker', isAmbiguous, fc.oneof(...answers))]).flat(),
    settling('late', ({ attempt }) => attempt > 0, fc.oneof(...ends)),
    freezeOne, renew, fc.constant(expire), fc.constant(expire), fc.constant(wait), live, merge,
    replay, replay,
    acting('supersede', (row) => inState(row, 'observed', 'pending', 'held') && !row.inDoubt, (store, row) => inTransaction(store, (tx) => supersede(tx, row)), over('superseded')),
    acting('cancel', (row) => inState(row, 'observed', 'pending', 'held', 'ambiguous'), (store, row) => cancelEffect(store, row, operator, 'not wanted', at), over('cancelled')),
  ],
  { maxCommands: 100, size: 'max' },
); // prettier-ignore
