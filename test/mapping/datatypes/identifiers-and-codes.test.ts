// CX, CE, CWE and CNE: identifiers and codes, judged against the tables of the v2-to-FHIR guide (datatypes/*.csv).
import { describe, expect, it } from '@jest/globals';
import { converted } from '../../support/conversion.ts';

const local = { system: 'https://rzz.example/Id/patient', value: 'R1' };
const nhs = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' };

describe('cx-identifiers', () => {
  it.each([
    ['R1^^^RZZ^PI~999 000 0018^^^NHS', [], [local, nhs]],
    ['R1~9990000018^^^^NH', [], [local, nhs]],
    ['R1^^^RZZ~9990000019^^^NHS', ['identity/invalid-nhs-number ZZ1-1[2].1'],
      [local, { system: 'urn:x-ips-bridge:invalid-nhs-number', value: '9990000019' }]],
    [`R1^^^RZZ~${'9'.repeat(201)}^^^NHS`, ['identity/invalid-nhs-number ZZ1-1[2].1'], [local]],
    ['""', [], null],
  ])('%s', (text, findings, value) => {
    expect(converted('cx-identifiers', [text, ''])).toEqual({ value, findings });
  }); // prettier-ignore
});

describe('cwe-as-sent', () => {
  const sct = 'http://snomed.info/sct';
  it.each([
    ['JOB^Find paid work^L', [], { coding: [{ code: 'JOB', display: 'Find paid work' }], text: 'Find paid work' }],
    ['734163000^Care plan^SCT', [], { coding: [{ system: sct, code: '734163000', display: 'Care plan' }], text: 'Care plan' }],
    ['JOB^Work^L^1082621000000104^IPS^SCT', [], {
      coding: [{ code: 'JOB', display: 'Work' }, { system: sct, code: '1082621000000104', display: 'IPS' }], text: 'Work' }],
    ['734163001^Care plan^SCT', ['code/invalid-snomed-id ZZ1-1.1'], { text: 'Care plan' }],
    ['JOB^Work^L^108262100000010^IPS^SCT', ['code/invalid-snomed-id ZZ1-1.4'], { coding: [{ code: 'JOB', display: 'Work' }], text: 'Work' }],
    ['^only words', [], { text: 'only words' }],
    ['', [], undefined],
    ['""', [], null],
  ])('%s', (text, findings, value) => {
    expect(converted('cwe-as-sent', text)).toEqual({ value, findings });
  }); // prettier-ignore
});

describe('cwe-codeableconcept', () => {
  it('has the table’s value for a code that it knows, the words for one that it does not, nothing for a blank', () => {
    const asked = { codes: 'employment-status', options: { system: 'urn:x' } };
    expect(converted('cwe-codeableconcept', '1^Employed', asked)).toMatchObject({
      value: { coding: [{ system: 'urn:x', code: '01' }] },
      findings: [],
    });
    expect(converted('cwe-codeableconcept', '77^Something else', asked)).toEqual({
      value: { text: 'Something else' },
      findings: ['code/unknown-employment-status ZZ1-1'],
    });
    expect(converted('cwe-codeableconcept', '', asked).value).toBeUndefined();
    expect(converted('cwe-codeableconcept', '""', asked).value).toBeNull();
  });
});
