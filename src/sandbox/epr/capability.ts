// GET /metadata of the sandbox's EPR: what it serves, FHIR R4 CapabilityStatement.
import { getSearchParameter } from '@medplum/core';
import type { CapabilityStatement } from '@medplum/fhirtypes';
import { eprTypes } from './definitions.ts';
import type { EprType } from './definitions.ts';

const interactions = [
  'read',
  'vread',
  'update',
  'delete',
  'history-instance',
  'create',
  'search-type',
] as const;

/** `date` is when the server started, an ISO instant. */
export function capabilityStatement(baseUrl: string, date: string): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    implementation: { description: 'Sandbox EPR: invented people, for trials only', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        resource: eprTypes.map((type) => ({
          type,
          interaction: interactions.map((code) => ({ code })),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
          conditionalUpdate: true,
          searchParam: searchParametersOf(type),
        })),
      },
    ],
  };
}

/** How the resources of a type are found; those about somebody also by whom. */
const found = [
  { name: 'identifier', type: 'token' },
  { name: 'patient', type: 'reference' },
  { name: 'subject', type: 'reference' },
  { name: 'status', type: 'token' },
] as const;

function searchParametersOf(type: EprType) {
  const known = found.filter(({ name }) => getSearchParameter(type, name) !== undefined);
  return [{ name: '_id', type: 'token' } as const, ...known];
}
