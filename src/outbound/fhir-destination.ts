// A FHIR R4 server as a destination: the person check before everything, then one file for each kind of effect; one
// transaction; asking after a lost reply. What each outcome does is in docs/destinations.md.
import type { DeliveryJob, Destination, Prepared } from '../pipeline/destination.ts';
import type { Secret } from '../secret.ts';
import { askAbout } from './ask.ts';
import { createFhirClient } from './fhir-client.ts';
import type { FhirClient } from './fhir-client.ts';
import { prepareFlag } from './fhir-flag.ts';
import type { FlagSettings } from './fhir-flag.ts';
import { prepareNote } from './fhir-note.ts';
import { preparePrompt } from './fhir-prompt.ts';
import { sendOnce } from './fhir-send.ts';
import { checkPerson } from './person-check.ts';
import type { CheckedPatient } from './person-check.ts';
import { stillMeant } from './prepared.ts';
import type { FhirDestinationSettings } from './settings.ts';

export interface FhirDestinationParts {
  /** The bearer token, read anew at each request: a rotated one is seen without a restart. */
  readonly token?: Secret;
  readonly now: () => Date;
  /** IANA zone for the days in texts. */
  readonly zone: string;
}

/** The client of a configured FHIR destination; for `check` too. */
export function clientOf(
  settings: FhirDestinationSettings,
  { token, now }: Pick<FhirDestinationParts, 'token' | 'now'>,
): FhirClient {
  return createFhirClient({
    baseUrl: settings.baseUrl,
    timeoutMs: settings.timeoutSeconds * 1000,
    replyLimit: settings.replyLimitMiB * 1024 * 1024,
    now,
    ...(token === undefined ? {} : { authorization: () => Promise.resolve().then(token) }),
  });
}

/** Outcomes are values; only a fault of our own (bytes that are not ours) is thrown. */
export function createFhirDestination(
  settings: FhirDestinationSettings,
  parts: FhirDestinationParts,
): Destination {
  const client = clientOf(settings, parts);
  const flags = { flagAs: settings.flagAs, zone: parts.zone };
  return {
    id: settings.id,
    asks: (effect) => effect !== 'file-note' && !(effect === 'flag-no-goal' && settings.flagAs === 'flag'),
    prepare: (job, signal) => prepare(client, flags, job, signal),
    send: (_job, bytes, signal) => sendOnce(client, bytes, signal),
    ask: (_job, bytes, signal) => askAbout(client, bytes, signal),
  };
}

async function prepare(
  client: FhirClient,
  settings: FlagSettings,
  job: DeliveryJob,
  signal: AbortSignal,
): Promise<Prepared> {
  const { action, effect } = job.decision;
  const check = await checkPerson(client, job.person, signal);
  if (check.outcome !== 'same') return check;
  if (action === 'make' && effect !== 'file-note' && check.deceased) {
    return {
      outcome: 'nothing-to-do',
      message: 'the EPR says that the person has died: nothing is proposed, asked or flagged',
    };
  }
  const patient: CheckedPatient = { reference: `Patient/${check.patient.id}`, type: 'Patient' };
  if (job.frozen !== undefined) return stillMeant(job.frozen, patient.reference);
  switch (effect) {
    case 'file-note':
      return prepareNote(client, job, patient, signal);
    case 'flag-no-goal':
      return prepareFlag(client, job, patient, settings, signal);
    case 'propose-referral':
    case 'ask-wish':
      return preparePrompt(client, job, patient, settings.zone, signal);
  }
}
