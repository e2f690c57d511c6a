// A note as FHIR and as a reader sees it; the treatment of a client who works for the trust; what measures read back.
import { describe, expect, it } from '@jest/globals';
import { urnOf } from '../../../src/fhir/ids.ts';
import { validate } from '../../../src/fhir/validate.ts';
import { disclosureConsent } from '../../../src/ips/notes/disclosure.ts';
import {
  erroneousDocument,
  noteDetails,
  noteDocument,
  supersededDocument,
} from '../../../src/ips/notes/document.ts';
import { author, contact, employerContact, noteOf, person } from './support.ts';

const id = '5f0c8d1e-5b7a-4c3f-9d2e-1a8b7c6d5e4f';
const context = {
  id,
  version: 1,
  person,
  at: new Date('2026-11-02T16:00:00Z'),
  zone: 'Europe/London',
} as const;
const whole = noteOf({
  ...contact,
  attended: 'seen',
  medium: '01',
  withWhom: 'her sister',
  place: 'the library',
  minutes: 45,
  team: 'North team',
  text: 'She would like early shifts.\n\nNext: visit two cafés.',
  disclosure: { mayApproachEmployers: 'yes', mayBeSaid: 'nothing about health', on: '2026-11-02' },
});

function textOf(document: ReturnType<typeof noteDocument>): string {
  return Buffer.from(document.content[0]?.attachment.data ?? '', 'base64').toString('utf8');
}

describe('a note as a document', () => {
  it('reads as a busy clinician wants it: who, what and when first, then only what is there', () => {
    expect(textOf(noteDocument(whole, context))).toBe(
      [
        'IPS contact on 2 November 2026 at 14:30, by Jo Marsh',
        'Summary: Talked about jobs in kitchens.',
        'The person: was seen',
        'With: her sister',
        'Where: the library',
        'How: face to face',
        'Length: 45 minutes',
        'Team: North team',
        'May the specialist approach employers: yes, said on 2 November 2026',
        'What may be said to employers: nothing about health',
        '',
        'She would like early shifts.',
        '',
        'Next: visit two cafés.',
        '',
        'Written by Jo Marsh, employment specialist, Individual Placement and Support (IPS). Not monitored for urgent concerns.',
      ].join('\n'),
    );
    expect(textOf(noteDocument(noteOf({ ...contact, date: '2026-11-02' }), context)).split('\n')).toEqual([
      'IPS contact on 2 November 2026, by Jo Marsh',
      'Summary: Talked about jobs in kitchens.',
      '',
      expect.stringMatching(/^Written by Jo Marsh/),
    ]);
  });

  it('says the hour of the trust, in summer and in winter', () => {
    const summer = noteOf({ ...contact, date: '2026-07-02T13:30:00Z' });
    expect(textOf(noteDocument(summer, context))).toMatch(/^IPS contact on 2 July 2026 at 14:30,/);
  });

  it('is valid FHIR with our identifier, its author and the day of the contact, in every state', () => {
    const document = noteDocument(whole, context);
    const corrected = noteDocument(whole, { ...context, version: 2 });
    for (const each of [document, corrected, supersededDocument(document), erroneousDocument(document, { reason: 'other person', author })])
      expect(validate(each)).toEqual([]);
    expect(document).toMatchObject({
      status: 'current',
      docStatus: 'final',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: urnOf(`note/${id}/1`) }],
      subject: { identifier: person },
      author: [{ identifier: { system: author.system, value: author.value }, display: 'Jo Marsh' }],
      date: '2026-11-02T16:00:00.000Z',
      context: { period: { start: '2026-11-02T14:30:00Z' } },
    });
    expect(corrected).toMatchObject({
      docStatus: 'amended',
      relatesTo: [{ code: 'replaces', target: { identifier: { value: urnOf(`note/${id}/1`) } } }],
    });
    expect(textOf(corrected)).toMatch(/^Corrected: this is version 2/m);
  }); // prettier-ignore

  it('gives back what measures count by', () => {
    expect(noteDetails(noteDocument(whole, context))).toEqual({ kind: 'contact', date: contact.date, attended: 'seen', medium: '01' }); // prettier-ignore
    const met = noteOf({ ...employerContact, metBy: 'specialist', personIdentifiedToEmployer: 'no' });
    expect(noteDetails(noteDocument(met, context))).toEqual({ kind: 'employer-contact', date: contact.date, metBy: 'specialist', personIdentifiedToEmployer: 'no' }); // prettier-ignore
    expect(
      noteDetails({ resourceType: 'DocumentReference', status: 'current', content: [] }),
    ).toBeUndefined();
  });

  it('R56 of a client who works for the trust gets the most restricted label, and nowhere the employer’s name', () => {
    const note = noteOf({
      ...employerContact,
      employer: { name: 'RZZ  Trust (North)', isThisTrust: true },
      summary: 'Talked with rzz trust (NORTH) about shifts.',
      text: 'RZZ Trust\n(North) will call. RZZ Trusts are many.',
      disclosure: { mayApproachEmployers: 'yes', mayBeSaid: 'not to RZZ Trust (North)', on: '2026-11-02' },
    });
    const document = noteDocument(note, context);
    expect(document.securityLabel?.[0]?.coding?.[0]).toMatchObject({
      system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
      code: 'V',
    });
    const written = `${JSON.stringify({ ...document, content: [] })} ${textOf(document)}`;
    expect(written).not.toMatch(/rzz\s+trust\s+\(north\)/i);
    expect(written).toContain('Employer: not named here');
    expect(written).toContain('RZZ Trusts are many');
    expect(validate(document)).toEqual([]);
  });

  it('R56 names any other employer, and has no label', () => {
    const document = noteDocument(noteOf({ ...employerContact, employer: { name: 'Corner Café' }, personIdentifiedToEmployer: 'no' }), context); // prettier-ignore
    expect(textOf(document)).toContain('Employer: Corner Café\nTold to the employer who the person is: no');
    expect(document.securityLabel).toBeUndefined();
  });

  it('carries what the person decided about disclosure as a valid Consent', () => {
    const { disclosure } = whole;
    if (disclosure === undefined) throw new Error('no disclosure');
    expect(validate(disclosureConsent({ ...disclosure, withdrawn: '2026-11-09' }, noteDocument(whole, context)))).toEqual([]);
  }); // prettier-ignore
});
