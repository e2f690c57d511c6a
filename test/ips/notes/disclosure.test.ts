// Whether a person's consent to disclosure stood on a day, whatever notes said it and in which order.
import { describe, expect, it } from '@jest/globals';
import { consentStood, disclosureConsent } from '../../../src/ips/notes/disclosure.ts';
import { noteDocument } from '../../../src/ips/notes/document.ts';
import { notesFeed } from '../../../src/ips/notes/identity.ts';
import type { DisclosureStatement } from '../../../src/ips/notes/schema.ts';
import { contact, noteOf, person, recordOf } from './support.ts';

const document = noteDocument(noteOf(contact), { id: '5f0c8d1e-5b7a-4c3f-9d2e-1a8b7c6d5e4f', version: 1, person, at: new Date('2026-11-02T16:00:00Z'), zone: 'Europe/London' }); // prettier-ignore
type Said = readonly [note: string, statement: DisclosureStatement];
const yes = (on: string, withdrawn?: string): DisclosureStatement => ({ mayApproachEmployers: 'yes', on, ...(withdrawn === undefined ? {} : { withdrawn }) }); // prettier-ignore
const no = (on: string): DisclosureStatement => ({ mayApproachEmployers: 'no', on });

function stood(day: string, ...said: readonly Said[]): boolean {
  const rows = said.map(([note, statement]) => [notesFeed, `disclosure/${note}`, disclosureConsent(statement, document)] as const); // prettier-ignore
  return consentStood(recordOf(rows), day);
}

describe('R56 a consent', () => {
  it('is never inferred: with nothing on record there is none', () => {
    expect(stood('2026-11-02')).toBe(false);
  });

  it('stands from its day on, and not before', () => {
    expect(stood('2026-11-01', ['a', yes('2026-11-02')])).toBe(false);
    expect(stood('2026-11-02', ['a', yes('2026-11-02')])).toBe(true);
  });

  it('ends on the day on which it is withdrawn, by the same note or another', () => {
    expect(stood('2026-11-08', ['a', yes('2026-11-02', '2026-11-09')])).toBe(true);
    expect(stood('2026-11-09', ['a', yes('2026-11-02', '2026-11-09')])).toBe(false);
    expect(stood('2026-11-09', ['a', yes('2026-11-02')], ['b', no('2026-11-09')])).toBe(false);
  });

  it('that was given anew in between ends with a later withdrawal all the same', () => {
    expect(stood('2026-12-01', ['a', yes('2026-11-02')], ['b', yes('2026-11-05')], ['c', yes('2026-11-02', '2026-11-20')])).toBe(false); // prettier-ignore
  });

  it('may be given again after a no', () => {
    expect(stood('2026-12-01', ['a', no('2026-11-02')], ['b', yes('2026-11-20')])).toBe(true);
  });

  it('of one and the same day: what was stated later counts', () => {
    expect(stood('2026-11-02', ['a', yes('2026-11-02')], ['b', no('2026-11-02')])).toBe(false);
  });
});
