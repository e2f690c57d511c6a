// R12: an operator undoes a merge, on a real PostgreSQL: what was said since goes back to whomever it named, both are
// decided about anew, and what nobody can know is told.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { unmergePersons } from '../../src/pipeline/unmerge.ts';
import { loadRecords } from '../../src/store/record.ts';
import { identityHeld } from '../../src/store/persons.ts';
import { personMerges } from '../../src/store/unmerge.ts';
import type { Unmerged } from '../../src/store/unmerge.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { noteId, noteLine, written } from '../support/notes.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela, callum] = [testPerson(1), testPerson(2), testPerson(3)];
const wish = (person: TestPerson, controlId: string): Buffer =>
  adt(person, { controlId, answer: ['PAID', '20260901'] });

describe('undoing a merge', () => {
  let fresh: FreshStore;
  let line: Processing;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());

  const tell = (...messages: readonly Buffer[]): Promise<void> => line.tell(...messages);
  const latestMerge = async (): Promise<number> => (await personMerges(fresh.store))[0]?.merge ?? 0;
  const undo = (merge: number): Promise<Unmerged> =>
    unmergePersons(
      fresh.store,
      merge,
      { name: 'test', reason: 'two people', at: new Date(Date.UTC(2026, 9, 2)) },
      line.current,
    );
  const namesOf = async (of: TestPerson): Promise<string[]> => {
    const id = await line.person(of);
    const record = (await loadRecords(fresh.store, [id])).get(id);
    const found = (record?.rows ?? []).flatMap(({ resource }) =>
      resource.resourceType === 'Patient' ? (resource.identifier ?? []).map(({ value }) => value ?? '') : [],
    );
    return [...new Set(found.filter((value) => value.startsWith('T')))];
  };

  it('R12 keys lead where they led before, and what was said meanwhile is whose it was said of', async () => {
    await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }), mergeMessage(amara, bela, '3'));
    // The wish is told of the number that was merged away, a status of the survivor's.
    await tell(wish(bela, '4'), adt(amara, { controlId: '5', status: ['02', '20260901'] }));
    expect(await line.effects(amara)).toEqual(['make pending']);
    const undone = await undo(await latestMerge());
    expect(undone.persons).toEqual([await line.person(bela), await line.person(amara)]);
    expect(await line.person(bela)).not.toBe(await line.person(amara));
    expect(await line.effects(bela)).toEqual(['make pending']);
    expect(await line.effects(amara)).toEqual([]);
    expect([await namesOf(amara), await namesOf(bela)]).toEqual([[amara.local], [bela.local]]);
    // And stays so: what either's messages say from now on is their own.
    await tell(adt(bela, { controlId: '6' }), adt(amara, { controlId: '7' }));
    expect([await line.effects(bela), await line.effects(amara)]).toEqual([['make pending'], []]);
  });

  it('R12 a proposal that was dropped because two were one is made again, and the other stands', async () => {
    await tell(wish(amara, '1'), wish(bela, '2'), mergeMessage(amara, bela, '3'));
    expect(await line.effects(amara)).toEqual(['make pending', 'make superseded']);
    await undo(await latestMerge());
    expect(await line.effects(amara)).toEqual(['make pending']);
    expect(await line.effects(bela)).toEqual(['make superseded', 'make pending']);
  });

  it('R12 a wish that both told while they were one leads to a proposal for each', async () => {
    await tell(
      adt(amara, { controlId: '1' }),
      mergeMessage(amara, bela, '2'),
      wish(bela, '3'),
      wish(amara, '4'),
    );
    expect(await line.effects(amara)).toEqual(['make pending']);
    await undo(await latestMerge());
    expect([await line.effects(amara), await line.effects(bela)]).toEqual([
      ['make pending'],
      ['make pending'],
    ]);
  });

  it('R12 what rested on both together is withdrawn from either', async () => {
    // The wish is Amara's, the team that IPS covers is Bela's: neither has both.
    await tell(adt(bela, { controlId: '1' }), mergeMessage(amara, bela, '2'));
    await tell(adt(amara, { controlId: '3', answer: ['PAID', '20260901'], team: null }));
    expect(await line.effects(amara)).toEqual(['make pending']);
    await undo(await latestMerge());
    expect(await line.effects(amara)).toEqual(['make superseded']);
    expect(await line.effects(bela)).toEqual([]);
  });

  it('R12 what went out meanwhile is told, and taken back where it holds for neither', async () => {
    await tell(adt(bela, { controlId: '1' }), mergeMessage(amara, bela, '2'));
    await tell(adt(amara, { controlId: '3', answer: ['PAID', '20260901'], team: null }));
    await sql`update outbox set state = 'delivered', settled_at = clock_timestamp()`.execute(
      fresh.store.other,
    );
    const { delivered } = await undo(await latestMerge());
    expect(delivered).toMatchObject([{ destination: 'epr', rule: 'wants-work' }]);
    expect(await line.effects(amara)).toEqual(['make delivered', 'withdraw pending']);
  });

  it('R12 it is refused while a later merge builds on it, naming that one, and possible after', async () => {
    await tell(mergeMessage(bela, callum, '1'), mergeMessage(amara, bela, '2'));
    const [later = 0, earlier = 0] = (await personMerges(fresh.store)).map(({ merge }) => merge);
    await expect(undo(earlier)).rejects.toMatchObject({
      kind: 'unsupported/merge-built-on',
      message: expect.stringContaining(String(later)),
    });
    expect(await line.person(callum)).toBe(await line.person(amara));
    await undo(later);
    expect(await line.person(callum)).toBe(await line.person(bela));
    await undo(earlier);
    expect(new Set([await line.person(amara), await line.person(bela), await line.person(callum)]).size).toBe(
      3,
    );
  });

  it('R12 a merge of a third person into the survivor does not build on it', async () => {
    await tell(mergeMessage(amara, bela, '1'), mergeMessage(amara, callum, '2'));
    await undo((await personMerges(fresh.store)).at(-1)?.merge ?? 0);
    expect(await line.person(bela)).not.toBe(await line.person(amara));
    expect(await line.person(callum)).toBe(await line.person(amara));
  });

  it('R12 a merge that turned round is undone to what was before it', async () => {
    await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }));
    const b = await line.person(bela);
    await tell(mergeMessage(bela, amara, '3'), mergeMessage(amara, bela, '4'), wish(amara, '5'));
    await undo(await latestMerge());
    expect([await line.person(amara), await line.person(bela)]).toEqual([b, b]);
    expect(await line.effects(bela)).toEqual(['make pending']);
  });

  it('R12 it is done once, and a new message about the same people merges them again', async () => {
    await tell(mergeMessage(amara, bela, '1'));
    const merge = await latestMerge();
    await undo(merge);
    await expect(undo(merge)).rejects.toMatchObject({ kind: 'unsupported/merge-undone' });
    await expect(undo(merge + 100)).rejects.toMatchObject({ kind: 'field/unknown-merge' });
    await tell(mergeMessage(amara, bela, '2'));
    expect(await line.person(amara)).toBe(await line.person(bela));
    const { rows } = await sql<{ actor: string; reason: string }>`
      select actor, detail->>'reason' as reason from audit where action = 'unmerged'`.execute(
      fresh.store.other,
    );
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ actor: 'operator:test', reason: 'two people' })));
  });

  it('R12 a fault half way leaves everything as it was', async () => {
    await tell(wish(amara, '1'), wish(bela, '2'), mergeMessage(amara, bela, '3'));
    const merge = await latestMerge();
    await sql`create function refuse_audit() returns trigger language plpgsql as $$
      begin if new.action = 'unmerged' then raise exception 'refused'; end if; return new; end $$`.execute(
      fresh.store.other,
    );
    await sql`create trigger refuse_audit before insert on audit for each row execute function refuse_audit()`.execute(
      fresh.store.other,
    );
    await expect(undo(merge)).rejects.toThrow('refused');
    expect(await line.person(amara)).toBe(await line.person(bela));
    expect(await line.effects(amara)).toEqual(['make pending', 'make superseded']);
    expect(await personMerges(fresh.store)).toMatchObject([{ merge, undoneAt: null }]);
  });

  it('R12 a note goes with the number it was written for, unsent as it is; all that came meanwhile are told', async () => {
    const notes = noteLine(fresh.store);
    const note = (person: object) => ({
      kind: 'contact',
      person,
      author: { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' },
      date: '2026-09-02',
      summary: 'Talked about jobs.',
    });
    const local = { system: 'https://rzz.example/Id/patient', value: bela.local };
    const national = { nhsNumber: amara.nhs, birthDate: '1985-04-12' };
    await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }), mergeMessage(amara, bela, '3'));
    await tell(adt(amara, { controlId: '4' }));
    await notes.write([written.create('a', note(local))], [written.create('b', note(national))]);
    await notes.run();
    expect(await notes.versions(amara.local)).toHaveLength(2);
    const undone = await undo(await latestMerge());
    expect(undone.notes.map(({ note: id }) => id)).toEqual([noteId('a'), noteId('b')]);
    expect(new Set(undone.notes.map(({ person: uid }) => uid)).size).toBe(2);
    expect(await notes.versions(bela.local)).toEqual(['1 current']);
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
    expect([await line.effects(bela), await line.effects(amara)]).toEqual([
      ['make pending'],
      ['make pending'],
    ]);
  });

  it('R12 while an identity message that named them as one is held, neither is written to', async () => {
    await tell(mergeMessage(amara, bela, '1'));
    await tell(identityMessage('A18', 'ADT_A18', '2', 'PID|1||' + bela.local + '^^^RZZ^PI'));
    await undo(await latestMerge());
    expect(await identityHeld(fresh.store, await line.person(amara))).toBe(true);
    expect(await identityHeld(fresh.store, await line.person(bela))).toBe(true);
  });
});
