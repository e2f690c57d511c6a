// Whose notes are filed and whose are held, by the table of staff of the example trust.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noteEffects, noteWrites } from '../../src/store/notes.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { noteId, noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { processing } from '../support/processing.ts';

const amara = testPerson(1);
const author = { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const person = { system: 'https://rzz.example/Id/patient', value: amara.local };
const contactBy = (whom: object) => ({ kind: 'contact', person, author: whom, date: '2026-11-02', summary: 'Talked about jobs.' }); // prettier-ignore

describe('a note', () => {
  let fresh: FreshStore;
  let notes: NoteLine;
  beforeEach(async () => {
    fresh = await freshStore();
    const epr = processing(fresh.store);
    notes = noteLine(fresh.store);
    await epr.receive([[adt(amara, { controlId: '1' })]]);
    await epr.run();
  });
  afterEach(() => fresh.drop());

  const states = async (key: string) =>
    (await noteWrites(fresh.store, noteId(key))).map(({ state, outcome, failure }) => failure?.kind ?? outcome ?? state); // prettier-ignore
  const effects = () => noteEffects(fresh.store, noteId('a'));

  it.each([
    ['that nobody knows', { value: 'ES8' }, 'identity/unknown-author'],
    ['of the same number elsewhere', { system: 'https://other.example/Id/staff' }, 'identity/unknown-author'],
    ['who had left', { system: 'https://rzz.example/Id/staff', value: 'ES9' }, 'identity/author-not-in-post'],
  ])('by an author %s is held, and nothing is written', async (_what, said, kind) => {
    await notes.write([written.create('a', contactBy({ ...author, ...said }))]);
    await notes.run();
    expect(await states('a')).toEqual([kind]);
    expect(await notes.versions(amara.local)).toEqual([]);
    expect(await effects()).toEqual([]);
  });

  it('is taken back whoever says so, for what was written by mistake must go', async () => {
    await notes.write([written.create('a', contactBy(author))]);
    await notes.run();
    const successor = { ...author, value: 'ES8' };
    await notes.write([written.withdraw('a', { reason: 'about somebody else', author: successor })]);
    await notes.run();
    expect(await notes.versions(amara.local)).toEqual(['1 current', '1 entered-in-error']);
  });
});
