// A FHIR R4 server as a destination: person check, owner, rendering; one transaction; asking after a lost reply.
// What each outcome does is in docs/destinations.md.
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { validate } from '../fhir/validate.ts';
import { urnOf } from '../fhir/ids.ts';
import { renderMake } from '../ips/proposal.ts';
import type { DeliveryJob, Delivery, Destination, Prepared } from '../pipeline/destination.ts';
import type { Secret } from '../secret.ts';
import { askAbout } from './ask.ts';
import { sentOutcome } from './classify.ts';
import { createFhirClient } from './fhir-client.ts';
import type { FhirClient } from './fhir-client.ts';
import { checkPerson } from './person-check.ts';
import { ownerReference } from './references.ts';
import type { FhirDestinationSettings } from './settings.ts';
import { sentBundle } from './transaction.ts';
import { withdrawalOf } from './withdrawal.ts';

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
  return {
    id: settings.id,
    asks: (effect) => effect !== 'file-note' && !(effect === 'flag-no-goal' && settings.flagAs === 'flag'),
    prepare: (job, signal) => prepare(client, parts.zone, job, signal),
    send: (_job, bytes, signal) => send(client, bytes, signal),
    ask: (_job, bytes, signal) => askAbout(client, bytes, signal),
  };
}

async function prepare(
  client: FhirClient,
  zone: string,
  job: DeliveryJob,
  signal: AbortSignal,
): Promise<Prepared> {
  const { decision } = job;
  const check = await checkPerson(client, job.person, signal);
  if (check.outcome !== 'same') return check;
  const patient = { reference: `Patient/${check.patient.id}`, type: 'Patient' } as const;
  if (decision.action === 'make' && check.deceased) {
    return {
      outcome: 'nothing-to-do',
      message: 'the EPR says that the person has died: nothing is proposed',
    };
  }
  if (job.frozen !== undefined) return stillMeant(job.frozen, patient.reference);
  if (decision.action === 'withdraw') {
    const withdrawal = await withdrawalOf(client, decision, zone, signal);
    return withdrawal.outcome === 'bundle' ? ready(withdrawal.bundle) : withdrawal;
  }
  if (job.owner === undefined) {
    return { outcome: 'refused', kind: 'delivery/no-owner', message: 'nobody is named whom to ask' };
  }
  const owner = await ownerReference(client, job.owner, signal);
  if (owner.outcome !== 'owner') return owner;
  return ready(renderMake(decision, { patient, owner: owner.reference, identifierOf: urnOf, zone }));
}

/**
 * Frozen bytes are sent again as they are, while they are about the person of today. An update is of a resource that
 * the EPR itself has: who that is about is the EPR's to say.
 */
function stillMeant(frozen: Buffer, patient: string): Prepared {
  const creates = sentBundle(frozen).entries.filter(({ method }) => method === 'POST');
  if (creates.some((entry) => entry.patient !== patient)) return { outcome: 'readdressed' };
  return { outcome: 'ready', bytes: frozen };
}

/** The bytes to freeze, if the EPR can be expected to take them: a fault here is ours, and is held. */
function ready(bundle: Bundle): Prepared {
  const resources = (bundle.entry ?? []).flatMap(({ resource }): Resource[] =>
    resource === undefined ? [] : [resource],
  );
  const [fault] = resources.flatMap(validate);
  if (fault !== undefined) {
    const message = `what would be sent is not valid: ${fault.where} ${fault.message}`;
    return { outcome: 'refused', kind: 'structure/not-valid', message };
  }
  return { outcome: 'ready', bytes: Buffer.from(JSON.stringify(bundle)) };
}

async function send(client: FhirClient, bytes: Buffer, signal: AbortSignal): Promise<Delivery> {
  const sent = sentBundle(bytes);
  const outcome = sentOutcome(await client.transact(bytes, signal), sent);
  return outcome.outcome === 'conflict' ? afterConflict(client, bytes, signal) : outcome;
}

/** 409 on a create: somebody else was writing. If what we mean to make is there, that is success (R15). */
async function afterConflict(client: FhirClient, bytes: Buffer, signal: AbortSignal): Promise<Delivery> {
  const answer = await askAbout(client, bytes, signal);
  const kind = 'delivery/http-409';
  switch (answer.outcome) {
    case 'landed':
      return { outcome: 'delivered', references: answer.references, confirmed: true };
    case 'not-landed':
      return { outcome: 'transient', kind, message: 'the server answered 409', pausesDestination: false };
    case 'unclear':
      return { outcome: 'permanent', kind: answer.kind, message: answer.message };
    case 'transient':
      return {
        outcome: 'ambiguous',
        kind,
        message: 'the server answered 409 and could not be asked why',
        pausesDestination: answer.pausesDestination,
      };
  }
}
