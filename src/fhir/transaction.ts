// Entries of a FHIR R4 transaction (http.html#transaction) as this program writes them: creates that are conditional on
// our own identifier, and updates that are conditional on the version which was read. Nothing is ever written otherwise.
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { systems } from './systems.ts';

export function transaction(entry: BundleEntry[]): Bundle {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/**
 * A conditional create (FHIR R4 http.html#ccreate): sending it again creates nothing.
 *
 * @param urn value of our own identifier, which the resource carries
 * @param fullUrl a URN of its own: no two entries may share one, and servers built on Medplum put `Type/id` in place of
 *   every string that equals one, an identifier's value included
 */
export function conditionalCreate(resource: Resource, urn: string, fullUrl: string): BundleEntry {
  const ifNoneExist = `identifier=${systems.uri}|${urn}`;
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType, ifNoneExist } };
}

/** An update of the version that was read (http.html#concurrency); without `ifMatch` where the server gave none. */
export function updateOver(resource: Resource): BundleEntry {
  const version = resource.meta?.versionId;
  const url = `${resource.resourceType}/${resource.id ?? ''}`;
  const ifMatch = version === undefined ? {} : { ifMatch: `W/"${version}"` };
  return { fullUrl: url, resource, request: { method: 'PUT', url, ...ifMatch } };
}
