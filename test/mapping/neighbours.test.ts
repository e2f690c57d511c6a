// Fields of neighbouring segments (`with:`) in messages about several people: nobody's date or answer comes from another.
import { describe, expect, it } from '@jest/globals';
import { translate } from '../../src/mapping/translate.ts';
import { mappingTree, mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const file = 'hl7v2-to-fhir/segments/obx-employment-status.yaml';
const text = mappingTree().get(file)?.general?.text ?? '';
const mappings = mappingsWith({
  [file]: text
    .replace('with: [OBR]', 'with: [ZDT]')
    .replace('[OBX-14, OBR-7], to: effectiveDateTime, via: dtm-observed', 'ZDT-1, to: effectiveDateTime, via: dtm-datetime'),
}); // prettier-ignore
const obx = 'OBX|1|CE|224362002||02';
const [one, other] = ['PID|1||R0001234^^^RZZ', 'PID|2||R0005678^^^RZZ'];

/** Whose status, and when it was recorded. */
function datesOf(...segments: readonly string[]): string[] {
  const translation = translate(mappings, messageOf('ORU^R01', ...segments), pasFeed);
  if (translation.outcome !== 'used') throw new Error(translation.reason);
  return translation.resources.map(({ person, resource }) => {
    const date = resource.resourceType === 'Observation' ? resource.effectiveDateTime : undefined;
    return `${person.value} ${date ?? 'undated'}`;
  });
}

describe('a field of a neighbouring segment', () => {
  it('is never that of the next person', () => {
    expect(datesOf(one, obx, other, 'ZDT|20260201', obx)).toEqual([
      'R0001234 undated',
      'R0005678 2026-02-01',
    ]);
  });

  it('is never that of the person before', () => {
    expect(datesOf(one, 'ZDT|20260201', obx, other, obx)).toEqual([
      'R0001234 2026-02-01',
      'R0005678 undated',
    ]);
  });

  it('is found within the group of its person, before or behind, and above all persons', () => {
    expect(datesOf(one, 'ZDT|20260201', obx, other, obx, 'ZDT|20260202')).toEqual(['R0001234 2026-02-01', 'R0005678 2026-02-02']); // prettier-ignore
    expect(datesOf('ZDT|20260203', one, obx, other, obx)).toEqual(['R0001234 2026-02-03', 'R0005678 2026-02-03']); // prettier-ignore
  });
});

describe('a row that deletes and a field that is deleted', () => {
  it('leave no empty element behind', () => {
    const pd1 = 'hl7v2-to-fhir/segments/pd1-patient.yaml';
    const set = mappingsWith({
      [pd1]: 'segment: PD1\nresource: Patient\nsourceId: person\nrows:\n  - { value: null, to: gender, own: x }\n  - { from: PD1-1, to: gender, codes: administrative-gender, own: x }\n',
    }); // prettier-ignore
    const translation = translate(set, messageOf('ADT^A31', one, 'PD1|""'), pasFeed);
    const [patient] = translation.outcome === 'used' ? translation.resources : [];
    expect(patient?.resource).not.toHaveProperty('gender');
    expect(patient?.clears).toContain('gender');
  });
});
