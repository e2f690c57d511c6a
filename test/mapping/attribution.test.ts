// Where a finding comes from: the place, what kind of text stands there, and the mapping row that read it.
import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import type { Finding } from '../../src/errors.ts';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();

function findingsOf(event: string, ...segments: string[]): readonly Finding[] {
  try {
    return translate(mappings, messageOf(event, ...segments), pasFeed).findings;
  } catch (error) {
    if (error instanceof BridgeError) return error.findings;
    throw error;
  }
}

describe('a finding', () => {
  it.each([
    ['19801399', '8 digits'],
    ['March', 'letters, 5 characters'],
    ['1', '1 digit'],
    ['12 March 1980', 'letters, digits and other characters, 13 characters'],
    ['Ж', 'letters, 1 character'],
    ['--', 'other characters, 2 characters'],
  ])('says of %s only that it is %s', (text, valueClass) => {
    const [finding] = findingsOf('ADT^A31', `PID|1||R1^^^RZZ||||${text}`);
    expect(finding).toMatchObject({ kind: 'type/timestamp', where: 'PID-7', valueClass });
    expect(finding?.row).toMatch(/^hl7v2-to-fhir\/segments\/pid-patient\.yaml rows\[\d+\]$/);
    expect(JSON.stringify(finding)).not.toContain(text === '1' ? '"1"' : text);
  });

  it('of a part that was not sent says so, and names the part of the file that asked', () => {
    const [finding] = findingsOf('ADT^A08', 'PID|1||R1^^^RZZ', 'PV1|1|I');
    expect(finding).toMatchObject({
      where: 'PV1-19.1',
      valueClass: 'not sent',
      row: 'hl7v2-to-fhir/segments/pv1-encounter.yaml sourceId[0]',
    });
  });

  it('names the repetition that it is about', () => {
    const [finding] = findingsOf('ADT^A31', 'PID|1||R1^^^RZZ~12345^^^NHS');
    expect(finding).toMatchObject({ where: 'PID-3[2].1', valueClass: '5 digits' });
  });
});

describe('a message that cannot be used', () => {
  it('tells all its faults at once, each with place, class of value and file', () => {
    const second = 'PID|1||""||Birch^Ben';
    const faults = findingsOf('ADT^A40', 'PID|1||X1^^^WHO||Ashdown^Amara', 'MRG|', second, 'MRG|X9^^^WHO');
    expect(faults.map(({ kind, where, valueClass }) => `${kind} ${where}: ${valueClass}`)).toEqual(
      expect.arrayContaining([
        'identity/unknown-authority PID[1]-3.4: letters, 3 characters',
        'identity/missing-patient-id MRG[1]-1: not sent',
        'identity/missing-patient-id PID[2]-3: delete ("")',
        'identity/unknown-authority MRG[2]-1.4: letters, 3 characters',
      ]),
    );
    expect(faults.every(({ row }) => row === 'hl7v2-to-fhir/messages/ADT_A39.yaml')).toBe(true);
  });

  it('also those behind a missing segment', () => {
    const faults = findingsOf('ADT^A40', 'MRG|X9^^^WHO');
    expect(faults.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'structure/missing-segment PID',
      'identity/unknown-authority MRG-1.4',
    ]);
  });
});

describe('control characters', () => {
  it('R8 text is read without them, with a finding on its segment; a number that holds any names nothing', () => {
    const segments = ['PID|1||R1^^^RZZ', 'ZCP|1|CP1|CARE||| A\\X00\\ job\\X1B\\', 'ZTM|1|T\\X00\\1|CMHT1'];
    const translation = translate(mappings, messageOf('ADT^A08', ...segments), pasFeed);
    expect(JSON.stringify(translation)).toContain('"description":"A job"');
    expect(translation.findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'type/control-character ZCP',
      'type/control-character ZTM',
      'field/missing-id ZTM-2',
    ]);
    expect(() => translate(mappings, messageOf('ADT^A08', 'PID|1||R\\X00\\1^^^RZZ'), pasFeed)).toThrow(
      'holds control characters',
    );
  });
});
