import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { personKeyText } from '../../src/fhir/canonical.ts';
import type { PersonKey } from '../../src/fhir/canonical.ts';
import { systems } from '../../src/fhir/systems.ts';
import { inTransaction } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { mergePersons } from '../../src/store/merge.ts';
import type { MergeResult } from '../../src/store/merge.ts';
import {
  holdIdentity,
  identityHeld,
  lockPersons,
  personByKey,
  personsByNhsNumber,
  releaseIdentity,
} from '../../src/store/persons.ts';
import { appendResources, loadRecords, personByUid } from '../../src/store/record.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const key = (value: string): PersonKey => ({ system: 'https://rzz.example/Id/patient', value });
const at = new Date('2026-01-02T09:00:00.123Z');
const patient = (nhsNumber: string): Patient => ({
  resourceType: 'Patient',
  identifier: [{ system: systems.nhsNumber, value: nhsNumber }],
});

describe('persons', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(() => fresh.drop());

  const lock = (keys: readonly PersonKey[]): Promise<ReadonlyMap<string, number>> =>
    inTransaction(fresh.store, (tx) => lockPersons(tx, keys));
  const one = async (value: string): Promise<number> =>
    (await lock([key(value)])).get(personKeyText(key(value)))!;
  const merge = (survivor: string, merged: string): Promise<MergeResult> =>
    inTransaction(fresh.store, (tx) =>
      mergePersons(tx, { survivor: key(survivor), merged: key(merged), inboxRow: undefined, at }),
    );

  it('a key makes one person, however many ask at once', async () => {
    const keys = Array.from({ length: 30 }, (_, place) => key(`many-${place}`));
    const found = await Promise.all(
      Array.from({ length: 8 }, (_, shift) =>
        lock([...keys.slice(shift), ...keys.slice(0, shift)].reverse()),
      ),
    );
    const text = found.map((map) => keys.map((each) => map.get(personKeyText(each))));
    expect(new Set(text.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(new Set(text[0]).size).toBe(30);
    const strays = await fresh.store.other
      .selectFrom('person')
      .leftJoin('person_identifier', 'person_id', 'id')
      .select('id')
      .where('person_id', 'is', null)
      .execute();
    expect(strays).toEqual([]);
  });

  it('R12 a merge leads to the survivor, also when told twice and when either was unknown', async () => {
    expect(await merge('m-a', 'm-b')).toMatchObject({ changed: true });
    expect(await merge('m-a', 'm-b')).toMatchObject({ changed: false });
    expect(await personByKey(fresh.store, key('m-b'))).toBe(await one('m-a'));
  });

  it('R12 A into B and later B into A leaves A as the survivor, without a cycle', async () => {
    const a = await one('c-a');
    const b = await one('c-b');
    expect(await merge('c-b', 'c-a')).toEqual({ changed: true, survivor: b });
    expect(await merge('c-a', 'c-b')).toEqual({ changed: true, survivor: a });
    expect([await one('c-a'), await one('c-b')]).toEqual([a, a]);
    const log = await fresh.store.other
      .selectFrom('person_merge')
      .select(['from_root', 'to_root', 'moved'])
      .where('to_root', '=', a)
      .execute();
    expect(log).toEqual([
      {
        from_root: b,
        to_root: a,
        moved: expect.arrayContaining([
          { person: a, mergedInto: b },
          { person: b, mergedInto: null },
        ]),
      },
    ]);
  });

  it('R12 chains are followed: whoever was merged into the merged person goes along', async () => {
    await merge('k-2', 'k-1');
    await merge('k-3', 'k-2');
    const top = await one('k-3');
    expect([await one('k-1'), await one('k-2')]).toEqual([top, top]);
    expect(await merge('k-1', 'k-2')).toEqual({ changed: false, survivor: top });
    expect(await merge('k-1', 'k-4')).toEqual({ changed: true, survivor: top });
  });

  it('R12 opposite merges at once end as one person', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [x, y] = [`o-${round}-x`, `o-${round}-y`];
      await Promise.allSettled([merge(x, y), merge(y, x)]);
      expect(await one(x)).toBe(await one(y));
    }
  });

  it('one query reads many records, with the rows of everyone merged in, in order of time', async () => {
    const { store } = fresh;
    const [a, b, c] = [await one('r-a'), await one('r-b'), await one('r-c')];
    const later = new Date('2026-01-03T09:00:00Z');
    await inTransaction(store, async (tx) => {
      const inboxRow = undefined;
      await appendResources(tx, [
        { person: a, source: 'rio', inboxRow, sourceId: 's2', at: later, resource: patient('9990000018') },
        { person: a, source: 'rio', inboxRow, sourceId: 's1', at, resource: patient('9990000018') },
        { person: b, source: 'systmone', inboxRow, sourceId: 's3', at, resource: patient('9990000026') },
      ]);
    });
    await merge('r-b', 'r-a');
    const records = await loadRecords(store, [a, c, 999_999]);
    expect([...records.keys()].sort((x, y) => x - y)).toEqual([b, c].sort((x, y) => x - y));
    const record = records.get(b)!;
    expect(record.keys).toEqual([key('r-b'), key('r-a')]);
    expect(record.rows.map((row) => [row.source, row.sourceId, row.at])).toEqual([
      ['rio', 's1', at],
      ['systmone', 's3', at],
      ['rio', 's2', later],
    ]);
    expect(records.get(c)).toMatchObject({ rows: [], keys: [key('r-c')] });
    expect(await personByUid(store, record.uid)).toBe(b);
    expect(await personByUid(store, 'no-uid')).toBeUndefined();
    expect(await personsByNhsNumber(store, '9990000018')).toEqual([b]);
  });

  it('R12 the keys of a record begin with the survivor’s own, also when a merge turns round', async () => {
    const keysOf = async (value: string) => {
      const person = await one(value);
      return (await loadRecords(fresh.store, [person])).get(person)?.keys;
    };
    await merge('w-z', 'w-a');
    await merge('w-z', 'w-m');
    expect(await keysOf('w-a')).toEqual([key('w-z'), key('w-a'), key('w-m')]);
    await merge('w-m', 'w-z');
    expect(await keysOf('w-a')).toEqual([key('w-m'), key('w-a'), key('w-z')]);
  });

  it('a number that was corrected no longer finds the person', async () => {
    const { store } = fresh;
    const person = await one('n-a');
    const add = (number: string, when: Date) =>
      inTransaction(store, (tx) =>
        appendResources(tx, [
          { person, source: 'rio', inboxRow: undefined, sourceId: 'n', at: when, resource: patient(number) },
        ]),
      );
    await add('9990000034', at);
    expect(await personsByNhsNumber(store, '9990000034')).toEqual([person]);
    await add('9990000042', new Date('2026-02-01T00:00:00Z'));
    expect(await personsByNhsNumber(store, '9990000034')).toEqual([]);
    expect(await personsByNhsNumber(store, '9990000042')).toEqual([person]);
  });

  it('R12 a held identity message holds everyone it names, and whoever they become, until it is released', async () => {
    const { store } = fresh;
    const [stored] = await insertArrivals(store, [message('A40')]);
    const [a, b] = [await one('h-a'), await one('h-b')];
    await inTransaction(store, (tx) => holdIdentity(tx, stored!.row, [b, b]));
    expect([await identityHeld(store, a), await identityHeld(store, b)]).toEqual([false, true]);
    await merge('h-a', 'h-b');
    expect(await identityHeld(store, a)).toBe(true);
    await inTransaction(store, (tx) => releaseIdentity(tx, stored!.row));
    expect(await identityHeld(store, a)).toBe(false);
  });
});
