// The flag "No employment goal or conversation recorded": as a FHIR Flag, or as a Task of the digest, as the trust has
// set it. What was made before that setting was changed is cleared as well.
import { urnOf } from '../fhir/ids.ts';
import { transaction, updateOver } from '../fhir/transaction.ts';
import type { Decision } from '../ips/decision.ts';
import { clearedFlag, renderFlag } from '../ips/flag.ts';
import type { DeliveryJob, Prepared } from '../pipeline/destination.ts';
import type { FhirClient } from './fhir-client.ts';
import { preparePrompt } from './fhir-prompt.ts';
import { readOwn } from './own-resource.ts';
import type { CheckedPatient } from './person-check.ts';
import { ready } from './prepared.ts';
import type { FhirDestinationSettings } from './settings.ts';
import { withdrawalOf } from './withdrawal.ts';

export interface FlagSettings extends Pick<FhirDestinationSettings, 'flagAs'> {
  /** IANA zone for the days in texts. */
  readonly zone: string;
}

export async function prepareFlag(
  client: FhirClient,
  job: DeliveryJob,
  patient: CheckedPatient,
  { flagAs, zone }: FlagSettings,
  signal: AbortSignal,
): Promise<Prepared> {
  const { decision } = job;
  if (decision.action === 'make') {
    if (flagAs === 'digest-task') return preparePrompt(client, job, patient, zone, signal);
    return ready(renderFlag(decision, { patient, identifierOf: urnOf }));
  }
  const clearers = [
    () => clear(client, decision, signal),
    () => withdrawalOf(client, decision, zone, signal),
  ] as const;
  const [asSet, asBefore] = flagAs === 'flag' ? clearers : clearers.toReversed();
  const cleared = await asSet();
  if (cleared.outcome !== 'nothing-to-do') return cleared;
  const earlier = await asBefore();
  // An EPR that does not serve the other type has none of it.
  return earlier.outcome === 'refused' ? cleared : earlier;
}

/** The flag that stands is put back as inactive, over the version that was read. */
async function clear(client: FhirClient, decision: Decision, signal: AbortSignal): Promise<Prepared> {
  const flag = await readOwn(client, 'Flag', decision.key, signal);
  if (flag.outcome !== 'read') return flag;
  const cleared = flag.resource === undefined ? undefined : clearedFlag(flag.resource, decision);
  if (cleared === undefined) {
    return { outcome: 'nothing-to-do', message: 'in the EPR it is over already, or was never made' };
  }
  return ready(transaction([updateOver(cleared)]));
}
