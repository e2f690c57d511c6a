// Code tables as FHIR R4 ConceptMaps.
import { describe, expect, it } from '@jest/globals';
import type { ConceptMap } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate.ts';
import { conceptMaps } from '../../src/mapping/conceptmaps.ts';
import { mappingsWith } from '../support/mapping.ts';

const maps = new Map(conceptMaps(mappingsWith()).map((map) => [map.url, map]));
const named = (table: string): ConceptMap | undefined =>
  maps.get(`urn:x-ips-bridge:concept-map:RZZ:${table}`);
const targetsOf = (map: ConceptMap | undefined) =>
  (map?.group ?? []).flatMap(({ target: system, element }) =>
    element.flatMap(({ code, target }) =>
      (target ?? []).map((one) => `${code ?? ''} ${one.equivalence} ${system ?? '-'} ${one.code ?? '-'}`),
    ),
  );

describe('code tables as ConceptMaps', () => {
  it('there is one for each table, valid FHIR R4, with a URL of its own', () => {
    const { tables } = mappingsWith();
    expect(maps.size).toBe(tables.size);
    expect([...maps.values()].flatMap(validate)).toEqual([]);
  });

  it('what is no ConceptMap of R4 is found', () => {
    const broken = structuredClone(named('vip'));
    const [group] = broken?.group ?? [];
    if (broken === undefined || group?.unmapped === undefined) throw new Error('nothing to break');
    Object.assign(group.unmapped, { mode: 'use-source-code' });
    expect(validate(broken).map(({ where }) => where)).toEqual(['ConceptMap.group[0].unmapped.mode']);
  });

  it('a code alone in its meaning is equivalent, one of several is related, one without meaning unmatched', () => {
    const table = 'code,value\nP,planned\nA,active\nB,active\nN,\n';
    const [map] = conceptMaps(mappingsWith({ 'codes/goal-lifecycle-status.csv': table })).filter(({ id }) => id === 'RZZ-goal-lifecycle-status'); // prettier-ignore
    expect(targetsOf(map)).toEqual([
      'P equivalent http://hl7.org/fhir/goal-status planned',
      'A relatedto http://hl7.org/fhir/goal-status active',
      'B relatedto http://hl7.org/fhir/goal-status active',
      'N unmatched http://hl7.org/fhir/goal-status -',
    ]);
  });

  it('the target is the system of the row, of the table, of the conversion or of the element', () => {
    expect(targetsOf(named('work-answers'))).toContain('PAID equivalent urn:x-ips-bridge:wants-work paid-job');
    expect(targetsOf(named('roles'))).toContain('CCO equivalent urn:x-ips-bridge:role care-coordinator');
    expect(named('administrative-gender')?.group?.[0]?.target).toBe('http://hl7.org/fhir/administrative-gender');
    expect(named('encounter-class')?.group?.map(({ target }) => target)).toEqual([
      'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      'http://terminology.hl7.org/CodeSystem/v2-0004',
    ]);
  }); // prettier-ignore

  it('an unknown marking is restricted; any other unknown code becomes no code', () => {
    for (const table of ['vip', 'protection-indicator']) {
      expect(named(table)?.group?.map(({ unmapped }) => unmapped)).toMatchObject([{ mode: 'fixed', code: 'R' }]); // prettier-ignore
    }
    expect(named('employment-status')?.group?.[0]?.unmapped).toBeUndefined();
  });

  it('a table without rows is a map without groups', () => {
    const [map] = conceptMaps(mappingsWith({ 'codes/vip.csv': 'code,value\n' })).filter(({ id }) => id === 'RZZ-vip'); // prettier-ignore
    expect(map).not.toHaveProperty('group');
  });
});
