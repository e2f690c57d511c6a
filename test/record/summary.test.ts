import { describe, expect, it } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { extensions, systems } from '../../src/fhir/systems.ts';
import type { PersonRecord, RecordedResource } from '../../src/record/person.ts';
import { summarise } from '../../src/record/summary.ts';

const system = 'https://rzz.example/Id/patient';

function patient(number: string, nhsNumber: string, status: string, birthDate: string): Patient {
  return {
    resourceType: 'Patient',
    birthDate,
    identifier: [
      { system, value: number },
      {
        extension: [
          {
            url: extensions.nhsNumberVerification,
            valueCodeableConcept: { coding: [{ system: systems.nhsNumberVerification, code: status }] },
          },
        ],
        system: systems.nhsNumber,
        value: nhsNumber,
      },
    ],
  };
}

function row(id: number, number: string, resource: Patient, source = 'pas'): RecordedResource {
  return { id, source, sourceId: `${system}|${number}`, at: new Date(2026, 2, id), resource };
}

describe('the summary of a person', () => {
  const merged: PersonRecord = {
    id: 1,
    uid: 'u1',
    keys: [
      { system, value: 'R9' },
      { system, value: 'R1' },
    ],
    rows: [
      row(1, 'R9', patient('R9', '9990000018', '01', '1980-03-12')),
      row(2, 'R1', patient('R1', '9990000026', '02', '1990-01-01')),
    ],
  };

  it("is the survivor's own, even where a later row came under a merged number", () => {
    expect(summarise(merged)).toEqual({
      uid: 'u1',
      keys: merged.keys,
      nhsNumber: { value: '9990000018', verified: true },
      birthDate: '1980-03-12',
    });
  });

  it('of two feeds takes what came last', () => {
    const record = {
      ...merged,
      rows: [...merged.rows, row(3, 'R9', patient('R9', '9990000018', '02', '1980'), 'rio')],
    };
    expect(summarise(record)).toMatchObject({ nhsNumber: { verified: false }, birthDate: '1980' });
  });

  it('a survivor of whom nothing is known yet is described by those merged into them', () => {
    const record = { ...merged, keys: [{ system, value: 'R5' }] };
    expect(summarise(record)).toMatchObject({ nhsNumber: { value: '9990000026', verified: false } });
  });

  it('says nothing that the record does not hold', () => {
    expect(summarise({ id: 1, uid: 'u1', keys: [], rows: [] })).toEqual({ uid: 'u1', keys: [] });
  });
});
