import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate.ts';

/** A resource as it comes from outside: any JSON. */
function resourceOf(json: string): Resource {
  return JSON.parse(json) as Resource;
}

describe('validation of FHIR resources', () => {
  it('a valid resource has no findings', () => {
    const patient: Resource = {
      resourceType: 'Patient',
      id: 'a-1',
      identifier: [{ system: 'https://rzz.example/Id/patient', value: 'R1' }],
      gender: 'female',
      birthDate: '1980',
    };
    expect(validate(patient)).toEqual([]);
  });

  it('structure, types and missing elements are found, and no value is told', () => {
    const findings = validate(
      resourceOf('{"resourceType":"Encounter","period":{"start":"Canary"},"Canary":1,"id":"Canary Person"}'),
    );
    expect(findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual(
      expect.arrayContaining([
        'field/missing Encounter.status',
        'field/missing Encounter.class',
        'structure/fhir Encounter.period.start',
        'type/id Encounter.id',
      ]),
    );
    expect(findings.map((finding) => finding.message).join()).not.toContain('Canary');
  });

  it('a code outside a required binding is found', () => {
    expect(validate(resourceOf('{"resourceType":"Patient","gender":"F","name":[{"use":"x"}]}'))).toEqual([
      {
        kind: 'code/required-binding',
        where: 'Patient.gender',
        message: 'is none of male, female, other, unknown',
      },
      expect.objectContaining({ kind: 'code/required-binding', where: 'Patient.name[0].use' }),
    ]);
  });

  it('empty strings, lists and objects are found, at any depth', () => {
    const findings = validate(
      resourceOf('{"resourceType":"Patient","identifier":[],"name":[{"family":"","period":{}}]}'),
    );
    const own = findings.filter((finding) => finding.kind === 'field/empty');
    expect(own.map((finding) => finding.where)).toEqual([
      'Patient.identifier',
      'Patient.name[0].family',
      'Patient.name[0].period',
    ]);
  });

  it('a resource inside a bundle is checked like one by itself', () => {
    const findings = validate(
      resourceOf(
        '{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Task","status":"new","intent":"order"},"request":{"method":"POST","url":"Task"}}]}',
      ),
    );
    expect(findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'code/required-binding Bundle.entry[0].resource.status',
    ]);
  });

  it('a type that the program does not use is a finding, not a crash', () => {
    expect(validate(resourceOf('{"resourceType":"Medication"}'))[0]?.kind).toBe('unsupported/resource-type');
  });
});
