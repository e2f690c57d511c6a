// What a note must and may hold, and what is said of one that cannot be taken.
import { describe, expect, it } from '@jest/globals';
import { nhsNumberOf } from '../../../src/fhir/nhs-number.ts';
import { noteRequest, progressNote } from '../../../src/ips/notes/schema.ts';
import { author, contact, employerContact, noteOf, person } from './support.ts';

const nhsNumber = nhsNumberOf('999400001') ?? '';

/** Place and words of the first thing that is wrong. */
function fault(said: object): readonly [where: string, message: string] | undefined {
  const issue = progressNote.safeParse(said).error?.issues[0];
  return issue === undefined ? undefined : [issue.path.join('.'), issue.message];
}

describe('a progress note', () => {
  it('needs no more than a person, an author, a kind, a date and one line', () => {
    expect(noteOf(contact)).toEqual(contact);
    expect(noteOf(employerContact)).toEqual(employerContact);
  });

  it.each(['person', 'author', 'kind', 'date', 'summary'])('without %s is refused at that place', (name) => {
    const rest = Object.fromEntries(Object.entries(contact).filter(([key]) => key !== name));
    expect(fault(rest)?.[0]).toBe(name);
  });

  it.each([
    ['an unknown key', { ...contact, diagnosis: 'Fairbrass' }, '', /allowed are kind, person, author/],
    ['an unknown key of the author', { ...contact, author: { ...author, email: 'x' } }, 'author', /allowed are system, value, name, role/],
    ['an unknown kind', { ...contact, kind: 'care-concern' }, 'kind', /contact or employer-contact/],
    ['a field of the other kind', { ...contact, visit: 1 }, '', /allowed are/],
    ['an NHS number with a wrong check digit', { ...contact, person: { nhsNumber: '9994000010', birthDate: '1985-04-12' } }, 'person.nhsNumber', /valid NHS number/],
    ['an NHS number without a birth date', { ...contact, person: { nhsNumber } }, 'person', /birthDate/],
    ['a local number without its system', { ...contact, person: { value: 'T1' } }, 'person', /system and value/],
    ['a date of no calendar', { ...contact, date: '2026-02-30' }, 'date', /calendar/],
    ['a moment without an offset', { ...contact, date: '2026-11-02T14:30:00' }, 'date', /offset/],
    ['a summary of two lines', { ...contact, summary: 'a\nb' }, 'summary', /one line/],
    ['a summary of 201 characters', { ...contact, summary: 'x'.repeat(201) }, 'summary', /200/],
    ['a text with a NUL', { ...contact, text: 'a\0b' }, 'text', /control characters/],
    ['a text with half a character', { ...contact, text: 'a\ud800' }, 'text', /plain text/],
    ['an attendance code that we do not know', { ...contact, attended: '7' }, 'attended', /seen/],
    ['a consultation mechanism of no table', { ...contact, medium: '03' }, 'medium', /MHSDS/],
  ])('with %s is refused; the answer says what is allowed and not what was sent', (_what, said, where, words) => {
    const [at, message] = fault(said) ?? ['', ''];
    expect(at).toBe(where);
    expect(message).toMatch(words);
    expect(message).not.toMatch(/Fairbrass|9994000010/);
  }); // prettier-ignore

  it('takes any script, emoji and every line end in the text', () => {
    expect(noteOf({ ...contact, text: 'Żółć\r\nنص عربي\r👩🏽‍🍳\t.' }).text).toBe('Żółć\nنص عربي\n👩🏽‍🍳\t.');
  });

  it('takes MHSDS attendance 5 and 6 as seen', () => {
    for (const code of ['5', '6', 'seen'])
      expect(noteOf({ ...contact, attended: code })).toMatchObject({ attended: 'seen' });
  });

  it('takes an NHS number as people write it', () => {
    const spaced = `${nhsNumber.slice(0, 3)} ${nhsNumber.slice(3, 6)} ${nhsNumber.slice(6)}`;
    const note = noteOf({ ...contact, person: { nhsNumber: spaced, birthDate: '1985-04-12' } });
    expect(note.person).toEqual({ nhsNumber, birthDate: '1985-04-12' });
  });

  it('as it was checked can be checked again: what the inbox keeps is read by the same schema', () => {
    const note = noteOf({
      ...contact,
      attended: '5',
      text: ' a\r\nb ',
      person: { ...person, birthDate: '1985' },
    });
    const kept = { action: 'create', id: '5f0c8d1e-5b7a-4c3f-9d2e-1a8b7c6d5e4f', subject: 'ips', note };
    expect(noteRequest.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  });
});
