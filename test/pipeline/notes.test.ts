// Notes in process: who they are filed for, what holds them, corrections and withdrawals in any order, merges in between.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { replayRow } from '../../src/store/inbox-rows.ts';
import { noteEffects, noteWrites } from '../../src/store/notes.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { noteId, noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];
const operator = { kind: 'operator', name: 'test' } as const;
const author = { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const local = (person: TestPerson, birthDate?: string) => ({
  system: 'https://rzz.example/Id/patient',
  value: person.local,
  ...(birthDate === undefined ? {} : { birthDate }),
});
const national = ({ nhs = '' }: TestPerson, birthDate = '1985-04-12') => ({ nhsNumber: nhs, birthDate });
const contact = (person: object, more: object = {}) => ({ kind: 'contact', person, author, date: '2026-11-02', summary: 'Talked about jobs.', ...more }); // prettier-ignore
const employer = (person: object, more: object = {}) => ({
  ...contact(person, more),
  kind: 'employer-contact',
});
const mistake = { reason: 'about somebody else', author };

describe('a note in process', () => {
  let fresh: FreshStore;
  let epr: Processing;
  let notes: NoteLine;
  beforeEach(async () => {
    fresh = await freshStore();
    epr = processing(fresh.store);
    notes = noteLine(fresh.store);
    await epr.receive([[adt(amara, { controlId: '1' })]]);
    await epr.run();
  });
  afterEach(() => fresh.drop());

  const states = async (key: string) =>
    (await noteWrites(fresh.store, noteId(key))).map(({ state, outcome, failure }) => failure?.kind ?? outcome ?? state); // prettier-ignore
  const decided = async () => {
    const { rows } = await sql<{ text: string; team: string }>`
      select (decision->>'action') || ' v' || (decision->'note'->>'version') || ' ' || state as text, team
      from outbox where rule = 'progress-note' order by id`.execute(fresh.store.other);
    return rows;
  };

  it('is filed for the person of its local number, or of its NHS number and birth date', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.create('b', contact(national(amara)))]);
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current', '1 current']);
    expect(await decided()).toEqual([
      { text: 'make v1 pending', team: 'CMHT-N' },
      { text: 'make v1 pending', team: 'CMHT-N' },
    ]);
    expect(await notes.rows(amara.local)).toMatchObject([{ author: [{ identifier: { system: author.system, value: 'ES7' } }] }, {}]);
  }); // prettier-ignore

  it('makes nobody: about somebody unknown it is held, and filed by a replay once the EPR has told of them', async () => {
    const [row = 0] = await notes.write([written.create('a', contact(local(bela)))]);
    await notes.run();
    expect(await states('a')).toEqual(['identity/unknown-person']);
    expect(await epr.people()).toBe(1);
    await epr.receive([[adt(bela, { controlId: '2' })]]);
    await epr.run();
    await replayRow(fresh.store, row, operator, new Date());
    await notes.run();
    expect(await states('a')).toEqual(['used']);
    expect(await notes.versions(bela.local)).toEqual(['1 current']);
  });

  it.each([
    ['an NHS number and another birth date', national(amara, '1985-04-13')],
    ['a local number and another birth date', local(amara, '1986')],
  ])('with %s is held, and nothing is written', async (_what, person) => {
    await notes.write([written.create('a', contact(person))]);
    await notes.run();
    expect(await states('a')).toEqual(['identity/birth-date-differs']);
    expect(await notes.versions(amara.local)).toEqual([]);
    expect(await decided()).toEqual([]);
  });

  it('is filed where the birth dates agree as far as both are known', async () => {
    await notes.write([written.create('a', contact(local(amara, '1985-04')))]);
    await notes.run();
    expect(await states('a')).toEqual(['used']);
  });

  it('by an NHS number that two people have is held', async () => {
    await epr.receive([[adt({ ...bela, nhs: amara.nhs }, { controlId: '2' })]]);
    await epr.run();
    await notes.write([written.create('a', contact(national(amara)))]);
    await notes.run();
    expect(await states('a')).toEqual(['identity/several-persons']);
  });

  it('is corrected by its next version, also within one batch; both stay on the record', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.amend('a', contact(local(amara), { summary: 'Talked about two jobs.' }))]); // prettier-ignore
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current', '1 superseded', '2 current']);
    expect((await decided()).map(({ text }) => text)).toEqual(['make v1 pending', 'make v2 pending']);
  });

  it('order is arrival, also where a replica’s clock runs behind', async () => {
    await notes.write([written.create('a', contact(local(amara))), new Date('2026-11-02T12:00:01Z')], [written.amend('a', contact(local(amara))), new Date('2026-11-02T12:00:00Z')]); // prettier-ignore
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current', '1 superseded', '2 current']);
  });

  it('that names somebody else in a correction is held: what is filed for one person never moves to another', async () => {
    await epr.receive([[adt(bela, { controlId: '2' })]]);
    await epr.run();
    await notes.write([written.create('a', contact(local(amara)))]);
    await notes.run();
    await notes.write([written.amend('a', contact(local(bela)))]);
    await notes.run();
    expect(await states('a')).toEqual(['used', 'identity/note-of-another-person']);
    expect(await notes.versions(bela.local)).toEqual([]);
  });

  it('entered in error is marked so in every version, and taken back', async () => {
    await notes.write(
      [written.create('a', contact(local(amara)))],
      [written.amend('a', contact(local(amara)))],
    );
    await notes.run();
    await sql`update outbox set state = 'delivered' where rule = 'progress-note'`.execute(fresh.store.other);
    await notes.write([written.withdraw('a', mistake)]);
    await notes.run();
    expect((await notes.versions(amara.local)).slice(3)).toEqual([
      '1 entered-in-error',
      '2 entered-in-error',
    ]);
    expect((await decided()).at(-1)?.text).toBe('withdraw v2 pending');
    expect(await noteEffects(fresh.store, noteId('a'))).toHaveLength(3);
  });

  it('entered in error before any version was sent, is sent nowhere: every version that waits is dropped', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.amend('a', contact(local(amara)))]);
    await notes.run();
    await notes.write([written.withdraw('a', mistake)]);
    await notes.run();
    expect((await decided()).map(({ text }) => text)).toEqual(['make v1 superseded', 'make v2 superseded']);
    const { rows } = await sql<{ action: string }>`select action from audit where outbox_id is not null order by id`.execute(fresh.store.other);
    expect(rows.map(({ action }) => action)).toEqual(['decided', 'decided', 'superseded', 'superseded']);
  }); // prettier-ignore

  it('entered in error while one version is there and the next one waits, is taken back there', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.amend('a', contact(local(amara)))]);
    await notes.run();
    await sql`update outbox set state = 'delivered' where revision = 1 and rule = 'progress-note'`.execute(fresh.store.other);
    await notes.write([written.withdraw('a', mistake)]);
    await notes.run();
    expect((await decided()).map(({ text }) => text)).toEqual(['make v1 delivered', 'make v2 superseded', 'withdraw v2 pending']);
  }); // prettier-ignore

  it('entered in error after an operator gave up its correction, is taken back where its first version is', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.amend('a', contact(local(amara)))]);
    await notes.run();
    await sql`update outbox set state = case revision when 1 then 'delivered' else 'cancelled' end`.execute(fresh.store.other);
    await notes.write([written.withdraw('a', mistake)]);
    await notes.run();
    expect((await decided()).at(-1)?.text).toBe('withdraw v2 pending');
  }); // prettier-ignore

  it('entered in error before it was processed is filed nowhere', async () => {
    await notes.write([written.create('a', contact(local(amara)))], [written.withdraw('a', mistake)]);
    await notes.run();
    expect(await states('a')).toEqual(['unused', 'unused']);
    expect(await notes.versions(amara.local)).toEqual([]);
    expect(await decided()).toEqual([]);
  });

  it('that was held, and corrected or taken back since, is not filed by a late replay', async () => {
    const [wrong = 0, other = 0] = await notes.write(
      [written.create('a', contact(local(amara, '1986')))],
      [written.create('b', contact(local(amara, '1986')))],
    );
    await notes.run();
    await notes.write([written.amend('a', contact(local(amara)))], [written.withdraw('b', mistake)]);
    await notes.run();
    expect(await states('a')).toEqual(['identity/birth-date-differs', 'used']);
    await replayRow(fresh.store, wrong, operator, new Date());
    await replayRow(fresh.store, other, operator, new Date());
    await notes.run();
    expect(await states('a')).toEqual(['unused', 'used']);
    expect(await states('b')).toEqual(['unused', 'unused']);
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
  });

  it('R12 a merge leads it to the survivor, whether it comes before or after it', async () => {
    await epr.receive([[adt(bela, { controlId: '2' })]]);
    await epr.run();
    await notes.write([written.create('before', contact(local(bela)))]);
    await notes.run();
    await notes.write([written.create('between', contact(local(bela)))]);
    await epr.receive([[mergeMessage(amara, bela, '3')]]);
    await epr.run();
    await notes.run();
    await notes.write([written.amend('before', contact(local(amara)))], [written.create('after', contact(local(bela)))]);
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current', '1 current', '1 superseded', '2 current', '1 current']);
    const { rows } = await sql<{ people: number }>`select count(distinct person_id) as people from outbox where rule = 'progress-note'`.execute(fresh.store.other);
    expect(rows).toEqual([{ people: 1 }]);
  }); // prettier-ignore

  it('of what happened before the person died is filed', async () => {
    await epr.receive([[adt(amara, { controlId: '2', deceased: true })]]);
    await epr.run();
    await notes.write([written.create('a', contact(local(amara)))]);
    await notes.run();
    expect((await decided()).map(({ text }) => text)).toEqual(['make v1 pending']);
  });

  it('goes by the team that ended last where none is open, and by none where there was never one', async () => {
    await epr.receive([[adt(amara, { controlId: '2', teamEnd: '20260901' })], [adt(bela, { controlId: '3', team: null })]]);
    await epr.run();
    await notes.write([written.create('a', contact(local(amara)))], [written.create('b', contact(local(bela)))]);
    await notes.run();
    expect((await decided()).map(({ team }) => team)).toEqual(['CMHT-N', 'none']);
  }); // prettier-ignore

  it('that cannot be read is held, and the next one is filed', async () => {
    const [row = 0] = await notes.write([written.create('a', contact(local(amara)))], [written.create('b', contact(local(amara)))]);
    await sql`update inbox_body set body = ${Buffer.from('{}')} where inbox_id = ${row}`.execute(fresh.store.other);
    await notes.run();
    expect(await states('a')).toEqual(['parse/unreadable']);
    expect(await states('b')).toEqual(['used']);
  }); // prettier-ignore

  describe('R56 about an employer', () => {
    const findings = async (key: string) =>
      (await noteWrites(fresh.store, noteId(key))).flatMap((write) => write.findings.map(({ kind }) => kind));
    const told = { personIdentifiedToEmployer: 'yes' };
    const consent = (more: object = {}) => ({
      disclosure: { mayApproachEmployers: 'yes', on: '2026-11-01', ...more },
    });

    it('who was not told who the person is, is accepted plainly', async () => {
      await notes.write([written.create('a', employer(local(amara), { personIdentifiedToEmployer: 'no' }))]);
      await notes.run();
      expect([await states('a'), await findings('a')]).toEqual([['used'], []]);
    });

    it('who was told without a consent on record, is accepted and reported, in the metrics too', async () => {
      await notes.write([written.create('a', employer(local(amara), told))]);
      await notes.run();
      expect([await states('a'), await findings('a')]).toEqual([
        ['used'],
        ['field/disclosure-without-consent'],
      ]);
      expect(await notes.metrics.registry.metrics()).toContain('findings_total{feed="ips-notes",kind="field/disclosure-without-consent"} 1'); // prettier-ignore
    });

    it.each([
      ['in the same note', [], consent(), []],
      ['in an earlier note', [consent()], {}, []],
      ['withdrawn since', [consent({ withdrawn: '2026-11-02' })], {}, ['field/disclosure-without-consent']],
      ['given only later', [consent({ on: '2026-11-03' })], {}, ['field/disclosure-without-consent']],
    ])('who was told, with a consent %s', async (_what, earlier, more, expected) => {
      await notes.write(...earlier.map((said, place) => [written.create(`c${place}`, contact(local(amara), said))] as const)); // prettier-ignore
      await notes.write([written.create('a', employer(local(amara), { ...told, ...more }))]);
      await notes.run();
      expect(await findings('a')).toEqual(expected);
    });

    it('a consent goes with the note that stated it, when that is corrected or entered in error', async () => {
      await notes.write([written.create('c', contact(local(amara), consent()))]);
      await notes.run();
      await notes.write([written.amend('c', contact(local(amara)))], [written.create('a', employer(local(amara), told))]);
      await notes.run();
      expect(await findings('a')).toEqual(['field/disclosure-without-consent']);
      await notes.write([written.create('d', contact(local(amara), consent()))]);
      await notes.run();
      await notes.write([written.withdraw('d', mistake)], [written.create('b', employer(local(amara), told))]);
      await notes.run();
      expect(await findings('b')).toEqual(['field/disclosure-without-consent']);
    }); // prettier-ignore
  });
});
