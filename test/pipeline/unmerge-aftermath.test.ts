// R12: after an operator has undone a merge, on a real PostgreSQL: what was on its way is told, what either person's
// messages say from then on is taken, and nothing of a message that was under way ends with the wrong one.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { standingOf } from '../../src/ips/measures/person.ts';
import { unmergePersons } from '../../src/pipeline/unmerge.ts';
import { loadRecords } from '../../src/store/record.ts';
import { personMerges } from '../../src/store/unmerge.ts';
import type { Unmerged } from '../../src/store/unmerge.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { noteLine, written } from '../support/notes.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];

describe('after a merge was undone', () => {
  let fresh: FreshStore;
  let line: Processing;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());

  const tell = (...messages: readonly Buffer[]): Promise<void> => line.tell(...messages);
  const undo = async (): Promise<Unmerged> =>
    unmergePersons(
      fresh.store,
      (await personMerges(fresh.store)).find(({ undoneAt }) => undoneAt === null)?.merge ?? 0,
      { name: 'test', reason: 'two people', at: new Date(Date.UTC(2026, 9, 2)) },
      line.current,
    );
  /** As the measures count them. */
  const proposals = async (of: TestPerson): Promise<number | undefined> => {
    const [record] = (await loadRecords(fresh.store, [await line.person(of)])).values();
    if (record === undefined) return undefined;
    const at = new Date(Date.UTC(2026, 9, 3));
    return standingOf(record, { ...line.current.facts, at }).trust['proposals-made'];
  };
  const held = async (): Promise<unknown[]> => (await line.inbox()).filter(({ state }) => state === 'held');

  it('R12 a proposal that went with the other person does not keep this one from having their own', async () => {
    // The wish is Amara's; the proposal came of a message of Bela's, with the team.
    await tell(mergeMessage(amara, bela, '1'));
    await tell(adt(amara, { controlId: '2', answer: ['PAID', '20260901'], team: null }));
    await tell(adt(bela, { controlId: '3' }));
    expect(await line.effects(amara)).toEqual(['make pending']);
    await undo();
    expect([await line.effects(amara), await line.effects(bela)]).toEqual([[], ['make superseded']]);
    // Now Amara is on a caseload too.
    await tell(adt(amara, { controlId: '4', answer: ['PAID', '20260901'] }));
    expect(await held()).toEqual([]);
    expect(await line.effects(amara)).toEqual(['make pending']);
    // Merged again, and parted again.
    await tell(mergeMessage(amara, bela, '5'), adt(bela, { controlId: '6' }));
    expect(await held()).toEqual([]);
    await undo();
    await tell(adt(amara, { controlId: '7' }), adt(bela, { controlId: '8' }));
    expect(await held()).toEqual([]);
    expect((await line.effects(amara)).filter((text) => text === 'make pending')).toHaveLength(1);
  });

  it('R12 nor does one that stayed with the survivor keep the other from theirs', async () => {
    // The wish is Bela's; the proposal came of a message of Amara's, with the team, and stays with her.
    await tell(adt(bela, { controlId: '1', answer: ['PAID', '20260901'], team: null }));
    await tell(mergeMessage(amara, bela, '2'), adt(amara, { controlId: '3' }));
    expect(await line.effects(amara)).toEqual(['make pending']);
    await undo();
    expect([await line.effects(amara), await line.effects(bela)]).toEqual([['make superseded'], []]);
    // It is one proposal, and of one person.
    expect([await proposals(amara), await proposals(bela)]).toEqual([1, 0]);
    await tell(adt(bela, { controlId: '4' }));
    expect(await held()).toEqual([]);
    expect(await line.effects(bela)).toEqual(['make pending']);
  });

  it.each([
    [
      "state = 'sending', frozen = 'x', attempt = 1, lease_owner = 'w', lease_until = now() + interval '1 minute'",
    ],
    ["state = 'ambiguous', frozen = 'x', in_doubt = true"],
    ["state = 'pending', frozen = 'x', in_doubt = true"],
    ["state = 'held', frozen = 'x', in_doubt = true"],
  ])('R12 what is on its way or may have arrived is told: %s', async (now) => {
    await tell(mergeMessage(amara, bela, '1'));
    await tell(adt(amara, { controlId: '2', answer: ['PAID', '20260901'] }));
    await sql`update outbox set ${sql.raw(now)}`.execute(fresh.store.other);
    expect((await undo()).delivered).toMatchObject([{ destination: 'epr', rule: 'wants-work' }]);
  });

  it('R12 what certainly never went out is not told as sent', async () => {
    await tell(mergeMessage(amara, bela, '1'));
    await tell(adt(amara, { controlId: '2', answer: ['PAID', '20260901'] }));
    expect((await undo()).delivered).toEqual([]);
  });

  it('R12 a note by an NHS number that only one registration has goes with that one', async () => {
    const notes = noteLine(fresh.store);
    const note = {
      kind: 'contact',
      person: { nhsNumber: bela.nhs, birthDate: '1985-04-12' },
      author: { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' },
      date: '2026-09-02',
      summary: 'Talked about jobs.',
    };
    await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }), mergeMessage(amara, bela, '3'));
    await notes.write([written.create('a', note)]);
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
    await undo();
    expect(await notes.versions(bela.local)).toEqual(['1 current']);
    expect(await notes.versions(amara.local)).toEqual([]);
    expect([await line.effects(amara), await line.effects(bela)]).toEqual([[], ['make pending']]);
  });

  it('R12 messages that are processed while a merge is undone end with whom they name', async () => {
    await tell(adt(amara, { controlId: '1' }), adt(bela, { controlId: '2' }), mergeMessage(amara, bela, '3'));
    const messages = Array.from({ length: 120 }, (_, index): [Buffer, Date] => {
      const of = index % 2 === 0 ? amara : bela;
      const status = ['02', `202609${String((index % 28) + 1).padStart(2, '0')}`] as const;
      return [adt(of, { controlId: `m${index}`, status }), new Date(Date.UTC(2026, 9, 1, 13, 0, index))];
    });
    await line.receive(messages);
    await Promise.all([line.run(), undo()]);
    await line.run();
    expect(await held()).toEqual([]);
    expect(await line.person(amara)).not.toBe(await line.person(bela));
    const { rows } = await sql<{ wrong: number }>`
      select count(*)::int as wrong from resource r join person p on p.id = r.person_id join person n on n.id = r.named_id
      where coalesce(p.merged_into, p.id) <> coalesce(n.merged_into, n.id)`.execute(fresh.store.other);
    expect(rows).toEqual([{ wrong: 0 }]);
  });
});
