// Sends one transaction, once, and says what became of it. A document is read back before it counts as confirmed.
import type { Delivery } from '../pipeline/destination.ts';
import { askAbout } from './ask.ts';
import { sentOutcome } from './classify.ts';
import type { FhirClient } from './fhir-client.ts';
import { readBack } from './read-back.ts';
import { sentBundle } from './transaction.ts';

/** @throws BridgeError internal/frozen-bytes where the bytes are not ours */
export async function sendOnce(client: FhirClient, bytes: Buffer, signal: AbortSignal): Promise<Delivery> {
  const sent = sentBundle(bytes);
  const outcome = sentOutcome(await client.transact(bytes, signal), sent);
  if (outcome.outcome === 'conflict') return afterConflict(client, bytes, signal);
  return outcome.outcome === 'delivered' ? readBack(client, sent, outcome.references, signal) : outcome;
}

/** 409 on a create: somebody else was writing. If what we mean to make is there, that is success (R15). */
async function afterConflict(client: FhirClient, bytes: Buffer, signal: AbortSignal): Promise<Delivery> {
  const answer = await askAbout(client, bytes, signal);
  const kind = 'delivery/http-409';
  switch (answer.outcome) {
    case 'landed':
      return { outcome: 'delivered', references: answer.references, confirmed: answer.confirmed ?? true };
    case 'not-landed':
      return { outcome: 'transient', kind, message: 'the server answered 409', pausesDestination: false };
    case 'unclear':
      return { outcome: 'permanent', kind: answer.kind, message: answer.message, inDoubt: true };
    case 'transient':
      return {
        outcome: 'ambiguous',
        kind,
        message: 'the server answered 409 and could not be asked why',
        pausesDestination: answer.pausesDestination,
      };
  }
}
