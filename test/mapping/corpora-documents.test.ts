// The documents, referrals and results of the corpus (test/corpora/hl7v2), judged row by row against the tables of the
// v2-to-FHIR guide (TXA[DocumentReference]) and, where it has none (RF1, PRD), against HL7 v2.5.1 chapter 11.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readMessage } from '../../src/hl7v2/message.ts';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, pasFeed } from '../support/mapping.ts';

/** The authorities of the corpus as if they were a trust's own, so that its messages go all the way. */
const mappings = mappingsWith({
  'codes/assigning-authorities.csv': [
    'authority,kind,system,default',
    ...['ADT1', 'IA PHIMS Stage'].map((authority) => `${authority},person,https://corpus.example/p,no`),
    'USSSA,other,,no',
    'RZZ,person,https://rzz.example/Id/patient,yes',
    'RZZ,staff,https://rzz.example/Id/staff,yes',
    'RZZ,team,https://rzz.example/Id/team,yes',
  ].join('\n'),
});

function translated(name: string) {
  const body = readFileSync(join(import.meta.dirname, '../corpora/hl7v2', `${name}.hl7`));
  const translation = translate(mappings, readMessage(body), pasFeed);
  if (translation.outcome !== 'used') throw new Error(`${name} must be used`);
  const { resources, findings } = translation;
  return { resources: resources.map(({ resource }) => resource), findings: findings.map(({ kind }) => kind) };
}

const number = '1.2.840.317.5947431.51.20080131160038';
const parent = '1.2.840.317.5947431.51.20080131155715';
const document = {
  resourceType: 'DocumentReference',
  subject: { identifier: { system: 'https://rzz.example/Id/patient', value: '987654321' } },
  masterIdentifier: { value: number },
  type: { coding: [{ code: 'DI' }] },
  context: { period: { start: '2008-01-31T15:55:00+02:15' } },
  date: '2008-01-31T16:00:00+02:15',
  docStatus: 'final',
  content: [{ attachment: { contentType: 'text/plain', title: 'DI' } }],
};
const related = (code: string) => ({
  ...document,
  relatesTo: [{ code, target: { type: 'DocumentReference', identifier: { value: parent } } }],
});

describe('documents, referrals and results of the corpus', () => {
  it.each(['MDM-T01-01', 'MDM-T02-01'])('%s is a document, without its orders and its content', (name) => {
    expect(translated(name)).toEqual({ resources: [document], findings: [] });
  });

  it('MDM-T06-01 is an addendum', () => {
    expect(translated('MDM-T06-01')).toEqual({ resources: [related('appends')], findings: [] });
  });

  it('MDM-T10-01 replaces its parent', () => {
    const { resourceType, subject } = document;
    const replaced = { resourceType, subject, masterIdentifier: { value: parent }, status: 'superseded' };
    expect(translated('MDM-T10-01')).toEqual({ resources: [related('replaces'), replaced], findings: [] });
  });

  it.each([
    ['REF-I12-01', 'active'],
    ['REF-I14-01', 'revoked'],
  ])('%s is a referral that is %s, without diagnoses, results and names', (name, status) => {
    const table = (id: string) => `http://terminology.hl7.org/CodeSystem/v2-${id}`;
    expect(translated(name)).toEqual({
      resources: [
        {
          resourceType: 'ServiceRequest',
          subject: { identifier: { system: 'https://corpus.example/p', value: 'PATID1234' } },
          intent: 'order',
          status,
          code: { coding: [{ system: table('0281'), code: 'MED', display: 'Medical' }] },
          occurrencePeriod: { start: '2022-01-25', end: '2022-02-10' },
          authoredOn: '2022-01-25',
          performer: [{ identifier: { value: 'PLN5010' } }],
        },
      ],
      findings: ['code/unknown-team'],
    });
  });

  it('ORU-R01-01 says nothing of work, so that nothing of it is held', () => {
    expect(translated('ORU-R01-01')).toEqual({ resources: [], findings: [] });
  });
});
