// A proposal, an ask, or a flag as a Task of its owner's weekly digest: what is prepared for an EPR.
import { urnOf } from '../fhir/ids.ts';
import { digestOf } from '../ips/flag.ts';
import { renderMake } from '../ips/proposal.ts';
import type { DeliveryJob, Prepared } from '../pipeline/destination.ts';
import type { FhirClient } from './fhir-client.ts';
import type { CheckedPatient } from './person-check.ts';
import { ready } from './prepared.ts';
import { ownerReference } from './references.ts';
import { withdrawalOf } from './withdrawal.ts';

/** @param zone IANA zone for the days in texts */
export async function preparePrompt(
  client: FhirClient,
  job: DeliveryJob,
  patient: CheckedPatient,
  zone: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const { decision } = job;
  if (decision.action === 'withdraw') return withdrawalOf(client, decision, zone, signal);
  if (job.owner === undefined) {
    return { outcome: 'refused', kind: 'delivery/no-owner', message: 'nobody is named whom to ask' };
  }
  const owner = await ownerReference(client, job.owner, signal);
  if (owner.outcome !== 'owner') return owner;
  const digest = decision.effect === 'flag-no-goal' ? { digest: digestOf(decision, job.owner, zone) } : {};
  const refs = { patient, owner: owner.reference, identifierOf: urnOf, zone, ...digest };
  return ready(renderMake(decision, refs));
}
