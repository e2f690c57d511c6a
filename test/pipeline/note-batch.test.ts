// Notes of which several writes are carried through in one batch: each sees what the one before it led to.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noteWrites } from '../../src/store/notes.ts';
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

describe('notes of one batch', () => {
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

  it('a correction that names somebody else is held, also where the note itself came only just before', async () => {
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
