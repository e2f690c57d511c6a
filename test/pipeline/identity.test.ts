// R12 on the line, against a real PostgreSQL: each event that changes who is who, told once, twice, late, the wrong way
// round, and about people nobody knows yet.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import { identityHeld, personByKey } from '../../src/store/persons.ts';
import { personLinks } from '../../src/store/links.ts';
import { personMarks } from '../../src/store/marks.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela, callum] = [testPerson(1), testPerson(2), testPerson(3)];
const key = (local: string) => ({ system: 'https://rzz.example/Id/patient', value: local });
const pid = ({ local, family, birthDate }: TestPerson): string =>
  `PID|1||${local}^^^RZZ^PI||${family}^Amara^^^^^L||${birthDate}|2`;
const mrg = ({ local }: TestPerson, visit = ''): string => `MRG|${local}^^^RZZ^PI||||${visit}`;
const pv1 = (visit: string, ...rest: readonly [string?, string?]): string =>
  `PV1|1|I|${'|'.repeat(16)}${visit}${'|'.repeat(25)}${rest.join('|')}`;

/** A stay as an update tells of it, from a day to a day. */
const stay = (person: TestPerson, controlId: string, visit: string, from = '20260901', to = ''): Buffer =>
  Buffer.from(
    adt(person, { controlId })
      .toString()
      .replace('PV1|1|N', pv1(visit, from, to)),
  );
const renumber = (controlId: string, from: string, to: string, person = amara): Buffer =>
  identityMessage('A50', 'ADT_A50', controlId, pid(person), mrg(person, from), pv1(to));
const moveVisit = (controlId: string, from: TestPerson, to: TestPerson, visit: string, now = visit): Buffer =>
  identityMessage('A45', 'ADT_A45', controlId, pid(to), mrg(from, visit), pv1(now));

describe('who is who, on the line', () => {
  let fresh: FreshStore;
  let line: Processing;
  let place = 0;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
    place = 0;
  });
  afterEach(() => fresh.drop());

  /** Receives messages a minute apart and processes them one by one. */
  const tell = async (...messages: readonly Buffer[]): Promise<void> => {
    for (const message of messages) {
      place += 1;
      await line.receive([[message, new Date(Date.UTC(2026, 9, 1, 12, place))]]);
      await line.run();
    }
  };
  const person = (one: TestPerson) => personByKey(fresh.store, key(one.local));
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

  describe('merges and changes of number', () => {
    it.each([
      ['A34', 'ADT_A30'],
      ['A36', 'ADT_A30'],
      ['A47', 'ADT_A30'],
    ])('R12 %s joins both numbers, and what was known goes along', async (event, structure) => {
      await tell(adt(bela, { controlId: '1', answer: ['PAID', '20260901'] }));
      const message = identityMessage(event, structure, '2', pid(amara), mrg(bela));
      await tell(message, adt(bela, { controlId: '3' }), adt(amara, { controlId: '4' }));
      expect(await person(bela)).toBe(await person(amara));
      expect(await line.effects()).toEqual(['make pending']);
    });

    it('R12 a changed number is one person also where messages under the new number came first', async () => {
      await tell(
        adt(bela, { controlId: '1', answer: ['PAID', '20260901'] }),
        adt(amara, { controlId: '2', answer: ['PAID', '20260901'] }),
        identityMessage('A47', 'ADT_A30', '3', pid(amara), mrg(bela)),
      );
      expect(await person(bela)).toBe(await person(amara));
      // Both had a proposal; one stays.
      expect(await line.effects()).toEqual(['make pending', 'make superseded']);
    });

    it('R12 A into B and later B into A, each told twice, ends with A and without a cycle', async () => {
      await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }));
      const a = await person(amara);
      await tell(mergeMessage(bela, amara, '3'), mergeMessage(bela, amara, '4'));
      await tell(mergeMessage(amara, bela, '5'), mergeMessage(amara, bela, '6'));
      expect([await person(amara), await person(bela)]).toEqual([a, a]);
      expect((await line.inbox()).every(({ state }) => state === 'processed')).toBe(true);
    });

    it('R12 a merge that was received before what is known of either, and comes late, holds all the same', async () => {
      await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2', answer: ['PAID', '20260901'] }));
      await line.receive([[mergeMessage(amara, bela, '3'), new Date('2026-09-01T08:00:00Z')]]);
      await line.run();
      expect(await person(bela)).toBe(await person(amara));
      await tell(adt(amara, { controlId: '4' }));
      expect(await line.effects()).toEqual(['make pending']);
    });
  });

  describe('moves of a registration (A43)', () => {
    const move = (controlId: string, from: TestPerson, to: TestPerson): Buffer =>
      identityMessage('A43', 'ADT_A43', controlId, pid(to), mrg(from));

    it('R12 a registration by itself goes to the person of PID-3, also when told twice or not known yet', async () => {
      await tell(move('1', bela, amara), move('2', bela, amara), adt(bela, { controlId: '3' }));
      expect(await person(bela)).toBe(await person(amara));
      expect(await lastState()).toBe('processed');
    });

    it('R12 one that was merged into a third person is held, and nobody it names is written to', async () => {
      await tell(mergeMessage(callum, bela, '1'), move('2', bela, amara));
      expect(await lastState()).toBe('held identity/move-of-merged');
      expect(await person(bela)).toBe(await person(callum));
      for (const one of [amara, bela, callum])
        expect(await identityHeld(fresh.store, (await person(one)) ?? 0)).toBe(true);
    });

    it('R12 one that others were merged into is held', async () => {
      await tell(mergeMessage(bela, callum, '1'), move('2', bela, amara));
      expect(await lastState()).toBe('held identity/move-of-survivor');
      expect(await person(bela)).not.toBe(await person(amara));
    });
  });

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
      expect(await identityHeld(fresh.store, (await person(bela)) ?? 0)).toBe(true);
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
      expect(await person(amara)).not.toBe(await person(bela));
      const { rows } = await sql<{ kinds: string }>`
        select findings->0->>'kind' as kinds from inbox order by id desc limit 1`.execute(fresh.store.other);
      expect(rows).toEqual([{ kinds: 'identity/account-moved' }]);
    });
  });

  describe('links and deletions', () => {
    const link = (event: 'A24' | 'A37', controlId: string, one = amara, other = bela): Buffer =>
      identityMessage(event, `ADT_${event}`, controlId, pid(one), pid(other).replace('PID|1', 'PID|2'));

    it('R12 a link is recorded, joins nobody, and ends when it is said to', async () => {
      await tell(link('A24', '1'), link('A24', '2', bela, amara));
      expect(await person(amara)).not.toBe(await person(bela));
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: true, merged: false }]);
      await tell(link('A37', '3'));
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: false }]);
    });

    it('R12 an end of a link undoes no merge', async () => {
      await tell(mergeMessage(amara, bela, '1'), link('A37', '2'));
      expect(await person(amara)).toBe(await person(bela));
      expect(await personLinks(fresh.store, await person(bela))).toMatchObject([
        { linked: false, merged: true },
      ]);
    });

    it.each(['A23', 'A29'])('R12 %s deletes nothing: the person is marked once', async (event) => {
      await tell(stay(amara, '1', 'V1'));
      const before = await sql`select id, body from resource order by id`.execute(fresh.store.other);
      await tell(
        identityMessage(event, 'ADT_A21', '2', pid(amara), pv1('V1')),
        identityMessage(event, 'ADT_A21', '3', pid(amara), pv1('V1')),
      );
      const after = await sql`select id, body from resource order by id`.execute(fresh.store.other);
      expect(after.rows).toEqual(before.rows);
      expect(await personMarks(fresh.store)).toMatchObject([{ event, clearedAt: null }]);
    });

    it('R12 a deletion at the source is an alert, and a change of identity is counted', async () => {
      await line.receive([
        [identityMessage('A29', 'ADT_A21', '1', pid(amara))],
        [mergeMessage(amara, bela, '2')],
      ]);
      const warned: unknown[] = [];
      const metrics = createMetrics();
      const log = { ...createLog('silent'), warn: (...told: readonly unknown[]) => void warned.push(told) };
      const deps = { store: fresh.store, current: () => line.current, tell: () => undefined, log, metrics };
      const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
      await processFeed({ kind: 'hl7v2', id: 'rio', zone: 'Europe/London', charset }, deps);
      expect(warned).toEqual([
        ['record-deleted-at-source', { feed: 'rio', row: expect.any(Number), event: 'ADT^A29' }],
      ]);
      const { values } = await metrics.identity.get();
      expect(values.map(({ labels, value }) => `${labels.kind} ${value}`).sort()).toEqual([
        'mark 1',
        'merge 1',
      ]);
    });

    it('R12 an end of a link that comes late, after a newer link, changes nothing', async () => {
      const late = new Date('2026-10-01T10:00:00Z');
      await tell(link('A24', '1'));
      await line.receive([[link('A37', '2'), late]]);
      await line.run();
      expect(await personLinks(fresh.store)).toMatchObject([{ linked: true }]);
    });
  });
});
