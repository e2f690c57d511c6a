// Codes that no table knows: noted, listed, and their messages processed again once a table knows them. What they did is not
// done twice, and what later messages said stands.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { deriveFacts } from '../../src/ips/facts.ts';
import { notesFeed } from '../../src/ips/notes/identity.ts';
import { createLog } from '../../src/log.ts';
import { knowsCode } from '../../src/mapping/unknown.ts';
import { createMetrics } from '../../src/metrics.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import { skipRow } from '../../src/store/inbox-rows.ts';
import { messagesWithCodes, putBack } from '../../src/store/reprocess.ts';
import { currentRows } from '../../src/record/person.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { personByKey } from '../../src/store/persons.ts';
import { loadRecords } from '../../src/store/record.ts';
import { inTransaction } from '../../src/store/database.ts';
import {
  everyUnmappedCode,
  mostCodesCounted,
  noteUnknownCodes,
  unmappedByTable,
  unmappedCodes,
  unusedEvents,
} from '../../src/store/unmapped.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { noteLine, written } from '../support/notes.ts';
import { mappingTree, mappingsWith } from '../support/mapping.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];
const operator = { kind: 'operator', name: 'asha' } as const;
const keyOf = ({ local }: { readonly local: string }) => ({
  system: 'https://rzz.example/Id/patient',
  value: local,
});
const extended = (table: string, row: string) => {
  const path = `codes/${table}.csv`;
  return { [path]: `${mappingTree().get(path)?.text.trimEnd() ?? ''}\n${row}\n` };
};
const withTables = mappingsWith({
  ...extended('employment-status', 'UNEMP,02,Unemployed and actively seeking work'),
  ...extended('work-answers', 'YESPLEASE,paid-job,A paid job,'),
  ...extended(
    'staff',
    'ES70,Employment specialist,IPS service,2020-01-06,,Jo Marsh,https://ips.example/Id/new-staff,',
  ),
  ...extended('assigning-authorities', 'OLDPAS,person,https://rzz.example/Id/patient,no,'),
});
const minute = (number: number) => new Date(Date.UTC(2026, 9, 2, 12, number));

describe('codes that no table knows', () => {
  let fresh: FreshStore;
  /** As the service ran when the messages came, and after the tables were extended. */
  let before: Processing;
  let after: Processing;

  beforeEach(async () => {
    fresh = await freshStore();
    before = processing(fresh.store);
    after = processing(fresh.store, ['rio'], { mappings: withTables });
  });
  afterEach(() => fresh.drop());

  const recordOf = async (person = amara): Promise<PersonRecord> => {
    const id = (await personByKey(fresh.store, keyOf(person))) ?? 0;
    const record = (await loadRecords(fresh.store, [id])).get(id);
    if (record === undefined) throw new TypeError('nobody there');
    return record;
  };
  const factsOf = async (person = amara) =>
    deriveFacts(await recordOf(person), { ...after.current.facts, at: new Date('2026-12-01T12:00:00Z') });
  /** What `map reprocess --unmapped` does, and the service after it; how many messages were put back. */
  const reprocess = async (): Promise<number> => {
    const codes = (await unmappedCodes(fresh.store)).filter((one) => knowsCode(withTables, one));
    const rows = (await messagesWithCodes(fresh.store, codes)).flatMap(({ row, kept }) =>
      kept ? [row] : [],
    );
    const done = rows.length === 0 ? 0 : await putBack(fresh.store, rows, operator, new Date());
    await after.run();
    return done;
  };
  const rowsOfRecord = async (): Promise<number> => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from resource`.execute(
      fresh.store.other,
    );
    return rows[0]?.count ?? 0;
  };

  it('are a work list: how many messages, since when, where from, most frequent first', async () => {
    await before.receive([
      [adt(amara, { controlId: '1', status: ['UNEMP', '20260901'] }), minute(1)],
      [adt(bela, { controlId: '2', status: ['UNEMP', '20260901'], team: 'NOWHERE' }), minute(2)],
    ]);
    await before.run();
    expect(await unmappedCodes(fresh.store)).toEqual([
      { table: 'employment-status', code: 'UNEMP', messages: 2, firstSeen: minute(1), lastSeen: minute(2), place: 'OBX-5', events: ['ADT^A08'], feeds: ['rio'] },
      { table: 'teams', code: 'NOWHERE', messages: 1, firstSeen: minute(2), lastSeen: minute(2), place: 'ZTM-3', events: ['ADT^A08'], feeds: ['rio'] },
    ]); // prettier-ignore
    expect(await unmappedByTable(fresh.store)).toEqual([
      { table: 'employment-status', codes: 1 },
      { table: 'teams', codes: 1 },
    ]);
  });

  it('are noted, counted and listed however many a sender makes up', async () => {
    const many = Array.from({ length: 14_000 }, (_, n) => ({ table: 'employment-status', code: `c${n}`, where: 'OBX-5' }));
    const [row = 0] = await before.receive([[adt(amara, { controlId: '1', status: ['ODD'], team: 'NOWHERE' }), minute(1)]]);
    await before.run();
    await inTransaction(fresh.store, (tx) => noteUnknownCodes(tx, [{ row: { id: row, receivedAt: minute(1), replayed: false }, unknownCodes: many }]));
    expect(await unmappedByTable(fresh.store)).toEqual([
      { table: 'employment-status', codes: mostCodesCounted },
      { table: 'teams', codes: 1 },
    ]);
    const pages: number[] = [];
    for await (const page of everyUnmappedCode(fresh.store)) pages.push(page.length);
    expect([pages.length > 1, pages.reduce((sum, one) => sum + one, 0)]).toEqual([true, 14_002]);
    expect(await unmappedCodes(fresh.store, undefined, 10)).toHaveLength(10);
  }); // prettier-ignore

  it('are kept short, and those that hold a message up without control characters', async () => {
    const strange = adt(bela, { controlId: '2' }).toString().replace('^^^RZZ^PI', '^^^OLD\\X1B\\PAS^PI');
    await before.receive([
      [adt(amara, { controlId: '1', status: ['x'.repeat(100)] }), minute(1)],
      [Buffer.from(strange), minute(2)],
    ]);
    await before.run();
    expect((await before.inbox()).map(({ state }) => state)).toEqual(['processed', 'held']);
    expect((await unmappedCodes(fresh.store)).map(({ code }) => code)).toEqual([
      'OLD\u241bPAS',
      'x'.repeat(64),
    ]);
  });

  it('become facts with the date that the EPR gave, once a table knows them; what was said later stands', async () => {
    await before.receive([
      [adt(amara, { controlId: '1', status: ['UNEMP', '20260901'] }), minute(1)],
      [adt(bela, { controlId: '2', status: ['UNEMP', '20260902'] }), minute(2)],
      [adt(bela, { controlId: '3', status: ['04', '20260920'] }), minute(3)],
    ]);
    await before.run();
    expect((await factsOf()).employmentStatus.state).not.toBe('present');
    expect(await reprocess()).toBe(2);
    expect((await factsOf()).employmentStatus).toMatchObject({ state: 'present', value: '02', date: '2026-09-01' }); // prettier-ignore
    expect((await factsOf(bela)).employmentStatus).toMatchObject({ state: 'present', value: '04', date: '2026-09-20' }); // prettier-ignore
    expect(await unmappedCodes(fresh.store)).toEqual([]);
  });

  it('make a proposal once; a second time there is nothing to process again', async () => {
    await before.receive([
      [adt(amara, { controlId: '1', answer: ['YESPLEASE', '20260901'] }), minute(1)],
      [adt(amara, { controlId: '2', answer: ['YESPLEASE', '20260901'] }), minute(2)],
    ]);
    await before.run();
    expect(await before.effects()).toEqual([]);
    expect(await reprocess()).toBe(2);
    expect(await after.effects()).toEqual(['make pending']);
    const rows = await rowsOfRecord();
    expect(await reprocess()).toBe(0);
    expect([await after.effects(), await rowsOfRecord()]).toEqual([['make pending'], rows]);
  });

  it('an answer that was not known is taken back where it is known now, and a decline since then stands', async () => {
    await before.receive([
      [adt(amara, { controlId: '1', answer: ['YESPLEASE', '20260901'] }), minute(1)],
      [adt(amara, { controlId: '2', answer: ['NO', '20260915'] }), minute(2)],
    ]);
    await before.run();
    await reprocess();
    expect(await after.effects()).toEqual([]);
    expect((await factsOf()).declined).toMatchObject({ state: 'present', date: '2026-09-15' });
    const answers = currentRows(await recordOf(), 'Observation').map(({ resource }) => resource.valueCodeableConcept?.coding?.[0]?.code); // prettier-ignore
    expect(answers).toEqual(['paid-job', 'no']);
  });

  it('a message taken up again writes over nothing that a later one said at the same moment', async () => {
    await before.receive([
      [adt(amara, { controlId: '1', status: ['UNEMP', '20260901'] }), minute(1)],
      [adt(amara, { controlId: '2', status: ['08', '20260902'] }), minute(1)],
    ]);
    await before.run();
    await reprocess();
    expect((await factsOf()).employmentStatus).toMatchObject({ value: '08', date: '2026-09-02' });
  });

  it('a message taken up again counts also where the record has it under a later time than its receipt', async () => {
    await before.receive([
      [adt(amara, { controlId: '1' }), minute(5)],
      [adt(amara, { controlId: '2', status: ['UNEMP', '20260901'] }), minute(1)],
    ]);
    await before.run();
    await reprocess();
    expect((await factsOf()).employmentStatus).toMatchObject({ value: '02', date: '2026-09-01' });
  });

  it('a message taken up again does not say a second time who is who', async () => {
    const merge = Buffer.from(mergeMessage(amara, bela, '1').toString().replace('^^^^^L||', '^^^^^Q||'));
    await before.receive([
      [merge, minute(1)],
      [mergeMessage(bela, amara, '2'), minute(2)],
    ]);
    await before.run();
    const survivor = await personByKey(fresh.store, keyOf(amara));
    const [first] = await before.inbox();
    await putBack(fresh.store, [first?.id ?? 0], operator, new Date());
    await after.run();
    expect(await after.inbox()).toMatchObject([{ state: 'processed' }, { state: 'processed' }]);
    expect(await personByKey(fresh.store, keyOf(amara))).toBe(survivor);
    expect(survivor).toBe(await personByKey(fresh.store, keyOf(bela)));
  });

  it('what is held because nobody knows who gave its numbers is used once a table does', async () => {
    const strange = Buffer.from(
      adt(amara, { controlId: '1' }).toString().replace('^^^RZZ^PI', '^^^OLDPAS^PI'),
    );
    await before.receive([[strange, minute(1)]]);
    await before.run();
    expect(await before.inbox()).toMatchObject([{ state: 'held', kind: 'identity/unknown-authority' }]);
    expect(await unmappedCodes(fresh.store)).toMatchObject([{ table: 'assigning-authorities/person', code: 'OLDPAS', place: 'PID-3[1].4' }]); // prettier-ignore
    expect(await reprocess()).toBe(1);
    expect(await after.inbox()).toMatchObject([{ state: 'processed', outcome: 'used', kind: null }]);
    expect(await unmappedCodes(fresh.store)).toEqual([]);
  });

  it('what is held for an unknown code and given up is on the work list no more', async () => {
    const strange = Buffer.from(
      adt(bela, { controlId: '1' }).toString().replace('^^^RZZ^PI', '^^^OLDPAS^PI'),
    );
    const [row = 0] = await before.receive([[strange, minute(1)]]);
    await before.run();
    expect(await unmappedCodes(fresh.store)).toHaveLength(1);
    expect(await skipRow(fresh.store, row, operator, 'a test message', new Date())).toBe(true);
    expect(await unmappedCodes(fresh.store)).toEqual([]);
  });

  it('a note that is held because no table has its author is filed once one does', async () => {
    await before.receive([[adt(amara, { controlId: '1' }), minute(1)]]);
    await before.run();
    const author = { system: 'https://ips.example/Id/new-staff', value: 'ES70', name: 'Jo Marsh' };
    const person = keyOf(amara);
    const notes = noteLine(fresh.store);
    await notes.write([written.create('n', { kind: 'contact', person, author, date: '2026-10-02', summary: 'Talked about jobs.' })]); // prettier-ignore
    await notes.run();
    expect(await unmappedCodes(fresh.store)).toMatchObject([
      { table: 'staff', code: 'https://ips.example/Id/new-staff|ES70', events: ['NOTE^create'] },
    ]);
    expect(await reprocess()).toBe(1);
    const deps = { store: fresh.store, current: () => after.current, tell: () => undefined, log: createLog('silent'), metrics: createMetrics() }; // prettier-ignore
    while (await processFeed({ kind: 'notes', id: notesFeed, zone: 'Europe/London' }, deps));
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
    expect(await unmappedCodes(fresh.store)).toEqual([]);
  });

  it('a message whose bytes are no longer kept stays as it is', async () => {
    await before.receive([[adt(amara, { controlId: '1', status: ['UNEMP'] }), minute(1)]]);
    await before.run();
    await sql`delete from inbox_body`.execute(fresh.store.other);
    expect(await reprocess()).toBe(0);
    const [row] = await before.inbox();
    expect(await putBack(fresh.store, [row?.id ?? 0], operator, new Date())).toBe(0);
    expect(await before.inbox()).toMatchObject([{ state: 'processed' }]);
  });

  it('each message put back has its audit entry with the operator’s name', async () => {
    await before.receive([[adt(amara, { controlId: '1', status: ['UNEMP'] }), minute(1)]]);
    await before.run();
    await reprocess();
    const { rows } = await sql`select actor, action, detail from audit where action = 'replayed'`.execute(fresh.store.other); // prettier-ignore
    expect(rows).toEqual([
      {
        actor: 'operator:asha',
        action: 'replayed',
        detail: { was: 'processed', why: 'a table knows its codes now' },
      },
    ]);
  });

  it('what is deliberately not used is counted by event', async () => {
    const unused = (event: string, controlId: string) =>
      Buffer.from(adt(amara, { controlId }).toString().replace('ADT^A08^ADT_A01', event));
    await before.receive([[unused('ORM^O01', '1')], [unused('ORM^O01', '2')], [unused('ZZZ^Z99', '3')]]);
    await before.run();
    expect(await unusedEvents(fresh.store)).toMatchObject([
      { feed: 'rio', event: 'ORM^O01', messages: 2, reason: 'ORM^O01 is not mapped' },
      { feed: 'rio', event: 'ZZZ^Z99', messages: 1 },
    ]);
    expect(await before.people()).toBe(0);
  });
});
