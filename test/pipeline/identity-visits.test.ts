// R12 on the line: visits that change their number or their person, told once, twice, the wrong way round.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { identityHeld } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { mrg, moveVisit, pid, pv1, renumber, stay } from '../support/identity-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];

describe('visits that move, on the line', () => {
  let fresh: FreshStore;
  let line: Processing;
  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());
  const tell = (...messages: readonly Buffer[]): Promise<void> => line.tell(...messages);
  /** `V1 in-progress T00001`: the current version of each visit, and by whose record it is held. */
  const visits = async (): Promise<string[]> => {
    const { rows } = await sql<{ text: string }>`
      select source_id || ' ' || (body->>'status') || ' ' || value as text from (
        select distinct on (coalesce(p.merged_into, p.id), r.source_id) r.source_id, r.body, i.value
        from resource r join person p on p.id = r.person_id
          join person_identifier i on i.person_id = coalesce(p.merged_into, p.id)
        where r.type = 'Encounter' order by coalesce(p.merged_into, p.id), r.source_id, r.at desc, r.id desc) current
      order by 1`.execute(fresh.store.other);
    return rows.map(({ text }) => text);
  };
  const lastState = async (): Promise<string> => {
    const last = (await line.inbox()).at(-1);
    return `${last?.state}${last?.kind === null ? '' : ` ${last?.kind}`}`;
  };

  describe('visits', () => {
    it.each([
      ['A42', 'ADT_A39'],
      ['A50', 'ADT_A50'],
    ])('R12 %s closes the old number, and the stay goes on under the new one', async (event, structure) => {
      await tell(stay(amara, '1', 'V1'));
      await tell(identityMessage(event, structure, '2', pid(amara), mrg(amara, 'V1'), pv1('V2')));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 in-progress ${amara.local}`]);
    });

    it('R12 later messages under either number open no second stay, and the end counts under both', async () => {
      await tell(stay(amara, '1', 'V1'), renumber('2', 'V1', 'V2'), renumber('3', 'V1', 'V2'));
      await tell(stay(amara, '4', 'V1'), stay(amara, '5', 'V2'));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 in-progress ${amara.local}`]);
      await tell(stay(amara, '6', 'V1', '20260901', '20260930'));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 finished ${amara.local}`]);
    });

    it('R12 a number that changes before anything was known of the stay opens none, and leads to the new one', async () => {
      await tell(renumber('1', 'V1', 'V2'));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`]);
      await tell(stay(amara, '2', 'V1'));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 in-progress ${amara.local}`]);
    });

    it('R12 what came under the new number first counts, and its gaps are filled', async () => {
      await tell(
        stay(amara, '1', 'V1', '20260901'),
        stay(amara, '2', 'V2', '', '20260920'),
        renumber('3', 'V1', 'V2'),
      );
      const { rows } = await sql<{ period: unknown }>`
        select body->'period' as period from resource where type = 'Encounter' and source_id = 'V2' order by id desc limit 1`.execute(
        fresh.store.other,
      );
      expect(rows).toEqual([{ period: { start: '2026-09-01', end: '2026-09-20' } }]);
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 finished ${amara.local}`]);
    });

    it('R12 a number that changes there and back, and chains, end with one stay', async () => {
      await tell(stay(amara, '1', 'V1'), renumber('2', 'V1', 'V2'), renumber('3', 'V2', 'V1'));
      expect(await visits()).toEqual([`V1 in-progress ${amara.local}`, `V2 entered-in-error ${amara.local}`]);
      await tell(renumber('4', 'V1', 'V3'), renumber('5', 'V3', 'V4'), stay(amara, '6', 'V2'));
      expect((await visits()).filter((text) => text.includes('in-progress'))).toEqual([
        `V4 in-progress ${amara.local}`,
      ]);
    });

    it('R12 two new numbers for one visit contradict each other: the second message is held', async () => {
      await tell(stay(amara, '1', 'V1'), renumber('2', 'V1', 'V2'), renumber('3', 'V1', 'V3'));
      expect(await lastState()).toBe('held identity/visit-moved-elsewhere');
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 in-progress ${amara.local}`]);
    });

    it('R12 A45 moves a visit to its right person, who alone has it from then on', async () => {
      await tell(stay(bela, '1', 'V1'), adt(amara, { controlId: '2' }), moveVisit('3', bela, amara, 'V1'));
      expect(await visits()).toEqual([`V1 entered-in-error ${bela.local}`, `V1 in-progress ${amara.local}`]);
      await tell(moveVisit('4', bela, amara, 'V1'), stay(bela, '5', 'V1'));
      expect(await visits()).toEqual([`V1 entered-in-error ${bela.local}`, `V1 in-progress ${amara.local}`]);
      const { rows } = await sql<{ subject: string }>`
        select body->'subject'->'identifier'->>'value' as subject from resource
        where type = 'Encounter' and body->>'status' = 'in-progress' order by id desc limit 1`.execute(
        fresh.store.other,
      );
      expect(rows).toEqual([{ subject: amara.local }]);
    });

    it('R12 a changed visit number that names two people is held, and those who were merged before are one', async () => {
      const odd = identityMessage('A50', 'ADT_A50', '2', pid(amara), mrg(bela, 'V1'), pv1('V2'));
      await tell(stay(bela, '1', 'V1'), odd);
      expect(await lastState()).toBe('held identity/contradiction');
      expect(await visits()).toEqual([`V1 in-progress ${bela.local}`]);
      await tell(mergeMessage(amara, bela, '3'), Buffer.from(odd.toString().replace('|2|P', '|4|P')));
      expect(await visits()).toEqual([`V1 entered-in-error ${amara.local}`, `V2 in-progress ${amara.local}`]);
    });

    it('R12 a moved visit is undone with the rest of its message when writing fails', async () => {
      await tell(stay(bela, '1', 'V1'), adt(amara, { controlId: '2' }));
      await sql`create function refuse_audit() returns trigger language plpgsql as $$
        begin if new.body->>'status' = 'entered-in-error' then raise exception 'refused'; end if; return new; end $$`.execute(
        fresh.store.other,
      );
      await sql`create trigger refuse_audit before insert on resource for each row execute function refuse_audit()`.execute(
        fresh.store.other,
      );
      await tell(moveVisit('3', bela, amara, 'V1'));
      expect(await visits()).toEqual([`V1 in-progress ${bela.local}`]);
      expect(await identityHeld(fresh.store, await line.person(bela))).toBe(true);
    });
  });
});
