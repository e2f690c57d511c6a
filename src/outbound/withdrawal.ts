// Taking back a proposal, an ask or a Task of the digest: what stands in the EPR is read, changed, and put back only over
// the version that was read (R16).
import { transaction, updateOver } from '../fhir/transaction.ts';
import type { Decision } from '../ips/decision.ts';
import { renderWithdrawal } from '../ips/withdrawal.ts';
import type { Prepared } from '../pipeline/destination.ts';
import type { FhirClient } from './fhir-client.ts';
import { readOwn } from './own-resource.ts';
import { ready } from './prepared.ts';

/** The transaction that withdraws what the decision's key made in the EPR, if it is there and still open. */
export async function withdrawalOf(
  client: FhirClient,
  decision: Decision,
  zone: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const task = await readOwn(client, 'Task', decision.key, signal);
  if (task.outcome !== 'read') return task;
  const request =
    decision.effect === 'propose-referral'
      ? await readOwn(client, 'ServiceRequest', decision.key, signal)
      : ({ outcome: 'read', resource: undefined } as const);
  if (request.outcome !== 'read') return request;
  const current = { task: task.resource, serviceRequest: request.resource };
  const changed = renderWithdrawal(current, decision, zone);
  if (changed.length === 0) {
    return { outcome: 'nothing-to-do', message: 'in the EPR it is over already, or was never made' };
  }
  return ready(transaction(changed.map(updateOver)));
}
