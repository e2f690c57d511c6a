// Process on a real store: what is held and what goes on, arrival against clocks, replays, merges within one batch.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { replayRow } from '../../src/store/inbox-rows.ts';
import { identityHeld, personByKey } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela, callum] = [testPerson(1), testPerson(2), testPerson(3)];
const operator = { kind: 'operator', name: 'test' } as const;
const key = (local: string) => ({ system: 'https://rzz.example/Id/patient', value: local });
const wish = (controlId: string, person = amara) => adt(person, { controlId, answer: ['PAID', '20260901'] });

describe('process', () => {
  let fresh: FreshStore;
  let line: Processing;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());

  it.each([
    ['holds a NUL', (text: string) => text.replaceAll(amara.local, 'T\\X00\\1')],
    ['is six thousand characters long', (text: string) => text.replaceAll(amara.local, 'T'.repeat(6_000))],
  ])('R10 a number that %s names nobody: the message is held and the feed goes on', async (_name, spoil) => {
    const spoilt = Buffer.from(spoil(adt(amara, { controlId: '1' }).toString()));
    await line.receive([[spoilt], [wish('2', bela)]]);
    await line.run();
    expect(await line.inbox()).toMatchObject([
      { state: 'held', kind: 'identity/unusable-number' },
      { state: 'processed' },
    ]);
  });

  it('a row that the database refuses is held by itself; the others of its batch are written', async () => {
    await sql`create function refuse_third() returns trigger language plpgsql as $$
      begin if new.body::text like '%T00003%' then raise exception 'refused'; end if; return new; end $$`.execute(
      fresh.store.other,
    );
    await sql`create trigger refuse_third before insert on resource for each row execute function refuse_third()`.execute(
      fresh.store.other,
    );
    await line.receive([[wish('1', amara)], [wish('2', callum)], [wish('3', bela)]]);
    await line.run();
    expect((await line.inbox()).map(({ state }) => state)).toEqual(['processed', 'held', 'processed']);
    expect(await line.effects()).toEqual(['make pending', 'make pending']);
  });

  it('order is arrival, also where a replica’s clock runs behind', async () => {
    const later = new Date('2026-11-01T12:00:00.300Z');
    const earlier = new Date('2026-11-01T12:00:00.100Z');
    await line.receive([
      [adt(amara, { controlId: '1', answer: ['PAID'] }), later],
      [adt(amara, { controlId: '2', answer: ['NO'] }), earlier],
    ]);
    await line.run();
    expect(await line.effects()).toEqual(['make superseded']);
  });

  it('a message taken up again decides on what is known now, not on the past', async () => {
    const broken = Buffer.from(
      wish('1').toString().replace('|RZZ^PI', '|NOBODY^PI').replace('^^^RZZ^PI', '^^^NOBODY^PI'),
    );
    const [row = 0] = await line.receive([[broken, new Date('2026-11-01T12:00:00Z')]]);
    await line.run();
    await line.receive([
      [adt(amara, { controlId: '2', answer: ['NO', '20260915'] }), new Date('2026-11-01T13:00:00Z')],
    ]);
    await line.run();
    await sql`update inbox_body set body = ${wish('1')} where inbox_id = ${row}`.execute(fresh.store.other);
    expect(await replayRow(fresh.store, row, operator, new Date())).toBe(true);
    await line.run();
    expect((await line.inbox()).map(({ state }) => state)).toEqual(['processed', 'processed']);
    expect(await line.effects()).toEqual([]);
  });

  it('R12 an identity message that is used after all releases those it named', async () => {
    const link = Buffer.from(
      mergeMessage(amara, bela, '1').toString().replace('ADT^A40^ADT_A39', 'ADT^A24^ADT_A24'),
    );
    const [row = 0] = await line.receive([[wish('0')], [link]]);
    await line.run();
    const person = (await personByKey(fresh.store, key(amara.local))) ?? 0;
    expect(await identityHeld(fresh.store, person)).toBe(true);
    const [, held] = await line.inbox();
    await sql`update inbox_body set body = ${adt(amara, { controlId: '1' })} where inbox_id = ${held?.id ?? row}`.execute(
      fresh.store.other,
    );
    await replayRow(fresh.store, held?.id ?? 0, operator, new Date());
    await line.run();
    expect((await line.inbox()).map(({ state }) => state)).toEqual(['processed', 'processed']);
    expect(await identityHeld(fresh.store, person)).toBe(false);
  });

  it('R12 a merge within a batch is seen by the messages behind it, whichever number they use', async () => {
    await line.receive([[adt(callum, { controlId: '1' })], [mergeMessage(bela, callum, '2')]]);
    await line.run();
    await line.receive([
      [wish('3', bela)],
      [mergeMessage(amara, bela, '4')],
      [wish('5', callum)],
      [wish('6', amara)],
    ]);
    await line.run();
    expect(await line.effects()).toEqual(['make pending']);
    expect(await personByKey(fresh.store, key(callum.local))).toBe(
      await personByKey(fresh.store, key(amara.local)),
    );
  });

  it('keeps nobody of a message that is deliberately unused', async () => {
    const unused = Buffer.from(wish('1').toString().replace('ADT^A08^ADT_A01', 'DFT^P03^DFT_P03'));
    await line.receive([[unused]]);
    await line.run();
    expect(await line.inbox()).toMatchObject([{ state: 'processed', outcome: 'unused' }]);
    expect(await line.people()).toBe(0);
  });
});
