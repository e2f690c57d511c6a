// Taking back what was sent, without overwriting what somebody did with it since: the resources are read by our
// identifier, changed, and put back only over the version that was read (R16).
import type { Bundle, BundleEntry, ServiceRequest, Task } from '@medplum/fhirtypes';
import { urnOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import type { Decision } from '../ips/decision.ts';
import { renderWithdrawal } from '../ips/withdrawal.ts';
import type { Prepared } from '../pipeline/destination.ts';
import { readFailure } from './classify.ts';
import type { BusinessIdentifier, FhirClient, Typed } from './fhir-client.ts';

export type Withdrawal =
  { readonly outcome: 'bundle'; readonly bundle: Bundle } | Exclude<Prepared, { outcome: 'ready' }>;

/** The transaction that withdraws what the decision's key made in the EPR, if it is there and still open. */
export async function withdrawalOf(
  client: FhirClient,
  decision: Decision,
  zone: string,
  signal: AbortSignal,
): Promise<Withdrawal> {
  const identifier = { system: systems.uri, value: urnOf(decision.key) };
  const task = await current(client, 'Task', identifier, signal);
  if (task.outcome !== 'read') return task;
  const request = await current(client, 'ServiceRequest', identifier, signal);
  if (request.outcome !== 'read') return request;
  const standing = { task: task.resource, serviceRequest: request.resource };
  const changed = renderWithdrawal(standing, decision, zone);
  if (changed.length === 0) {
    return { outcome: 'nothing-to-do', message: 'in the EPR it is over already, or was never made' };
  }
  const entry = changed.map(update);
  const unversioned = entry.some((each) => each.request?.ifMatch === undefined);
  if (unversioned) {
    const message = 'the EPR gives no versions, so nothing can be changed safely there';
    return { outcome: 'refused', kind: 'unsupported/no-versions', message };
  }
  return { outcome: 'bundle', bundle: { resourceType: 'Bundle', type: 'transaction', entry } };
}

type Current<T extends 'Task' | 'ServiceRequest'> =
  | { readonly outcome: 'read'; readonly resource: Typed<T> | undefined }
  | Extract<Prepared, { outcome: 'transient' | 'refused' }>;

async function current<T extends 'Task' | 'ServiceRequest'>(
  client: FhirClient,
  type: T,
  identifier: BusinessIdentifier,
  signal: AbortSignal,
): Promise<Current<T>> {
  const answer = await client.find(type, identifier, signal);
  if (answer.outcome === 'failed') return readFailure(answer.reply);
  const [only, another] = answer.resources;
  if (another !== undefined) {
    const message = `several resources of type ${type} carry our identifier`;
    return { outcome: 'refused', kind: 'delivery/several-matches', message };
  }
  return { outcome: 'read', resource: only };
}

function update(resource: ServiceRequest | Task): BundleEntry {
  const version = resource.meta?.versionId;
  const url = `${resource.resourceType}/${resource.id ?? ''}`;
  return {
    fullUrl: url,
    resource,
    request: { method: 'PUT', url, ...(version === undefined ? {} : { ifMatch: `W/"${version}"` }) },
  };
}
