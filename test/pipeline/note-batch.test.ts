// Notes: corrections in one batch with the note, or of which only one version’s team is live; and NHS numbers that nobody verified.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { noteRule } from '../../src/ips/notes/identity.ts';
import { noteWrites } from '../../src/store/notes.ts';
import { applyLive } from '../../src/store/outbox.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { noteId, noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { processing } from '../support/processing.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];
const author = { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const contact = ({ local }: { readonly local: string }) => ({
  kind: 'contact',
  person: { system: 'https://rzz.example/Id/patient', value: local },
  author,
  date: '2026-11-02',
  summary: 'Talked about jobs.',
});

describe('a note by NHS number', () => {
  it.each([
    ['NSTS01', 'used'],
    ['NSTS02', 'identity/number-not-verified'],
  ])('for somebody of whom no birth date is known, with the status %s: %s', async (status, expected) => {
    const fresh = await freshStore();
    try {
      const epr = processing(fresh.store);
      const heard = adt({ ...amara, birthDate: '' }, { controlId: '1' })
        .toString()
        .replace('NSTS01', status);
      await epr.receive([[Buffer.from(heard)]]);
      await epr.run();
      const notes = noteLine(fresh.store);
      const person = { nhsNumber: amara.nhs, birthDate: '1985-04-12' };
      await notes.write([written.create('a', { ...contact(amara), person })]);
      await notes.run();
      const [write] = await noteWrites(fresh.store, noteId('a'));
      expect(write?.failure?.kind ?? write?.outcome).toBe(expected);
    } finally {
      await fresh.drop();
    }
  });
});

describe('a correction', () => {
  let fresh: FreshStore;
  let notes: NoteLine;
  beforeEach(async () => {
    fresh = await freshStore();
    const epr = processing(fresh.store);
    notes = noteLine(fresh.store);
    await epr.receive([[adt(amara, { controlId: '1' })], [adt(bela, { controlId: '2' })]]);
    await epr.run();
  });
  afterEach(() => fresh.drop());

  const states = async (): Promise<string[]> => {
    const { rows } = await sql<{ state: string }>`select state from outbox order by id`.execute(
      fresh.store.other,
    );
    return rows.map(({ state }) => state);
  };
  /** Written while only this team is live. */
  const write = async (team: string, request: object): Promise<void> => {
    const line = noteLine(fresh.store, true, [team]);
    await line.write([request]);
    await line.run();
  };
  const live = (teams: readonly string[]) =>
    applyLive(fresh.store, 'epr', teams, { rulesOn: [noteRule], carries: ['file-note'] });

  it('goes where what it corrects went, though the person has moved to a team that is not live', async () => {
    await write('CMHT-N', written.create('a', contact(amara)));
    await sql`update outbox set state = 'delivered'`.execute(fresh.store.other);
    await write('OTHER', written.amend('a', contact(amara)));
    expect(await states()).toEqual(['delivered', 'pending']);
    await live(['OTHER']);
    expect(await states()).toEqual(['delivered', 'pending']);
    await applyLive(fresh.store, 'epr', 'none', { rulesOn: [noteRule], carries: ['file-note'] });
    expect(await states()).toEqual(['delivered', 'observed']);
  });

  it('that went out is not followed by what it corrects, once that is live too', async () => {
    await write('OTHER', written.create('a', contact(amara)));
    await write('CMHT-N', written.amend('a', contact(amara)));
    expect(await states()).toEqual(['observed', 'pending']);
    await sql`update outbox set state = 'delivered' where state = 'pending'`.execute(fresh.store.other);
    await live(['CMHT-N']);
    expect(await states()).toEqual(['observed', 'delivered']);
  });

  it('and a withdrawal: what went out is taken back where notes are not carried any more, and nothing is made there', async () => {
    await write('CMHT-N', written.create('a', contact(amara)));
    await sql`update outbox set state = 'delivered'`.execute(fresh.store.other);
    const narrowed = noteLine(fresh.store, false);
    await narrowed.write([written.create('b', contact(bela))]);
    await narrowed.run();
    expect(await states()).toEqual(['delivered']);
    const reason = { reason: 'another person', author };
    await narrowed.write([written.withdraw('a', reason)], [written.withdraw('b', reason)]);
    await narrowed.run();
    expect(await states()).toEqual(['delivered', 'pending']);
  });

  it('that names somebody else is held, also where the note itself came only just before', async () => {
    await notes.write([written.create('a', contact(amara))], [written.amend('a', contact(bela))]);
    await notes.run();
    const writes = await noteWrites(fresh.store, noteId('a'));
    expect(writes.map(({ outcome, failure }) => failure?.kind ?? outcome)).toEqual([
      'used',
      'identity/note-of-another-person',
    ]);
    expect([await notes.versions(amara.local), await notes.versions(bela.local)]).toEqual([
      ['1 current'],
      [],
    ]);
  });
});
