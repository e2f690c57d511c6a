// R12 on the line, against a real PostgreSQL: each event that changes who is who, told once, twice, late, the wrong way
// round, and about people nobody knows yet.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { identityHeld } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { mrg, pid, stay } from '../support/identity-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela, callum] = [testPerson(1), testPerson(2), testPerson(3)];

describe('who is who, on the line', () => {
  let fresh: FreshStore;
  let line: Processing;
  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());
  const tell = (...messages: readonly Buffer[]): Promise<void> => line.tell(...messages);
  const lastState = async (): Promise<string> => {
    const last = (await line.inbox()).at(-1);
    return `${last?.state}${last?.kind === null ? '' : ` ${last?.kind}`}`;
  };

  describe('merges and changes of number', () => {
    it.each([
      ['A34', 'ADT_A30'],
      ['A36', 'ADT_A30'],
      ['A47', 'ADT_A30'],
    ])('R12 %s joins both numbers, and what was known goes along', async (event, structure) => {
      await tell(adt(bela, { controlId: '1', answer: ['PAID', '20260901'] }));
      const message = identityMessage(event, structure, '2', pid(amara), mrg(bela));
      await tell(message, adt(bela, { controlId: '3' }), adt(amara, { controlId: '4' }));
      expect(await line.person(bela)).toBe(await line.person(amara));
      expect(await line.effects()).toEqual(['make pending']);
    });

    it('R12 a changed number is one person also where messages under the new number came first', async () => {
      await tell(
        adt(bela, { controlId: '1', answer: ['PAID', '20260901'] }),
        adt(amara, { controlId: '2', answer: ['PAID', '20260901'] }),
        identityMessage('A47', 'ADT_A30', '3', pid(amara), mrg(bela)),
      );
      expect(await line.person(bela)).toBe(await line.person(amara));
      // Both had a proposal; one stays.
      expect(await line.effects()).toEqual(['make pending', 'make superseded']);
    });

    it('R12 A into B and later B into A, each told twice, ends with A and without a cycle', async () => {
      await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }));
      const a = await line.person(amara);
      await tell(mergeMessage(bela, amara, '3'), mergeMessage(bela, amara, '4'));
      await tell(mergeMessage(amara, bela, '5'), mergeMessage(amara, bela, '6'));
      expect([await line.person(amara), await line.person(bela)]).toEqual([a, a]);
      expect((await line.inbox()).every(({ state }) => state === 'processed')).toBe(true);
    });

    it('R12 a merge that was received before what is known of either, and comes late, holds all the same', async () => {
      await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2', answer: ['PAID', '20260901'] }));
      await line.receive([[mergeMessage(amara, bela, '3'), new Date('2026-09-01T08:00:00Z')]]);
      await line.run();
      expect(await line.person(bela)).toBe(await line.person(amara));
      await tell(adt(amara, { controlId: '4' }));
      expect(await line.effects()).toEqual(['make pending']);
    });
  });

  describe('moves of a registration (A43)', () => {
    const move = (controlId: string, from: TestPerson, to: TestPerson): Buffer =>
      identityMessage('A43', 'ADT_A43', controlId, pid(to), mrg(from));

    it('R12 a registration by itself goes to the person of PID-3, also when told twice or not known yet', async () => {
      await tell(move('1', bela, amara), move('2', bela, amara), adt(bela, { controlId: '3' }));
      expect(await line.person(bela)).toBe(await line.person(amara));
      expect(await lastState()).toBe('processed');
    });

    it('R12 one that was merged into a third person is held, and nobody it names is written to', async () => {
      await tell(mergeMessage(callum, bela, '1'), move('2', bela, amara));
      expect(await lastState()).toBe('held identity/move-of-merged');
      expect(await line.person(bela)).toBe(await line.person(callum));
      for (const one of [amara, bela, callum])
        expect(await identityHeld(fresh.store, await line.person(one))).toBe(true);
    });

    it('R12 one that others were merged into is held', async () => {
      await tell(mergeMessage(bela, callum, '1'), move('2', bela, amara));
      expect(await lastState()).toBe('held identity/move-of-survivor');
      expect(await line.person(bela)).not.toBe(await line.person(amara));
    });
  });

  describe('accounts', () => {
    it.each([
      ['A41', 'ADT_A39'],
      ['A49', 'ADT_A30'],
      ['A51', 'ADT_A50'],
    ])(
      'R12 %s that names two people contradicts itself and is held; about one it is used',
      async (event, structure) => {
        await tell(identityMessage(event, structure, '1', pid(amara), mrg(bela)));
        expect(await lastState()).toBe('held identity/contradiction');
        await tell(identityMessage(event, structure, '2', pid(callum), mrg(callum)));
        expect(await lastState()).toBe('processed');
      },
    );

    it('R12 A44 moves nothing and joins nobody; a finding tells that visits may be the other’s', async () => {
      await tell(stay(bela, '1', 'V1'), identityMessage('A44', 'ADT_A43', '2', pid(amara), mrg(bela)));
      expect(await line.person(amara)).not.toBe(await line.person(bela));
      const { rows } = await sql<{ kinds: string }>`
        select findings->0->>'kind' as kinds from inbox order by id desc limit 1`.execute(fresh.store.other);
      expect(rows).toEqual([{ kinds: 'identity/account-moved' }]);
    });
  });
});
