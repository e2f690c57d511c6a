// An HL7v2 receiver as a destination: notes as MDM messages over MLLP (requirement R21). There is nothing to read
// back: a positive acknowledgement of an engine says that it has the message, and no more. What each outcome does is in
// docs/destinations.md.
import { BridgeError } from '../errors.ts';
import type { Mappings } from '../mapping/load.ts';
import type { Answer, DeliveryJob, Destination, Prepared } from '../pipeline/destination.ts';
import { createMllpConnection } from './mllp-connection.ts';
import { messageOf, namesToday, readSent } from './mllp-message.ts';
import { deliveryOf } from './mllp-outcome.ts';
import type { MllpDestinationSettings } from './settings.ts';

export interface MllpDestinationParts {
  readonly now: () => Date;
  /** IANA zone of the local times that we write. */
  readonly zone: string;
  /** The set in force. */
  readonly mappings: () => Mappings;
}

export function createMllpDestination(
  settings: MllpDestinationSettings,
  parts: MllpDestinationParts,
): Destination {
  const { host, port, timeoutSeconds } = settings;
  const connection = createMllpConnection({ host, port, timeoutMs: timeoutSeconds * 1_000 }, parts.now);
  return {
    id: settings.id,
    asks: () => false,
    prepare: (job) => Promise.resolve(prepare(job, settings, parts)),
    send: async (job, bytes, signal) => {
      const { controlId } = readSent(bytes);
      // Bytes are frozen before the first byte leaves: where they were there already, they may have been sent.
      return deliveryOf(await connection.send(bytes, signal), controlId, job.frozen !== undefined);
    },
    ask: (job, bytes) => Promise.resolve(ask(job, bytes, settings, parts)),
    close: () => connection.close(),
  };
}

/** There is no FHIR to read: the person is checked against our own record, in which no identity message waits now. */
function prepare(
  job: DeliveryJob,
  settings: MllpDestinationSettings,
  { zone, mappings }: MllpDestinationParts,
): Prepared {
  if (job.person.keys.length === 0) {
    return refused(new BridgeError('identity/no-local-number', 'no local number of this person is known'));
  }
  if (job.frozen !== undefined) {
    const isMeant = namesToday(readSent(job.frozen), job.person, mappings());
    return isMeant ? { outcome: 'ready', bytes: job.frozen } : { outcome: 'readdressed' };
  }
  try {
    return { outcome: 'ready', bytes: messageOf(job, settings, { zone, mappings: mappings() }) };
  } catch (thrown) {
    if (thrown instanceof BridgeError) return refused(thrown);
    throw thrown;
  }
}

function refused({ kind, message, where }: BridgeError): Prepared {
  return { outcome: 'refused', kind, message: where === undefined ? message : `${where}: ${message}` };
}

/**
 * A receiver cannot be asked. Where it removes duplicates, sending the same bytes again settles it; where it does not, a
 * second copy could stand in the record beside the first, and a person has to look. So too where the person has been
 * merged since: what would be sent then has another MSH-10, by which no receiver knows it again.
 */
function ask(
  job: DeliveryJob,
  bytes: Buffer,
  settings: MllpDestinationSettings,
  { mappings }: MllpDestinationParts,
): Answer {
  const sent = readSent(bytes);
  if (settings.receiverRemovesDuplicates && namesToday(sent, job.person, mappings())) {
    return { outcome: 'not-landed', inDoubt: true };
  }
  const document = sent.document ?? 'unknown';
  return {
    outcome: 'unclear',
    kind: 'delivery/lost-acknowledgement',
    message:
      `it may have arrived: look for document ${document} (TXA-12; MSH-10 ${sent.controlId}) at the receiver. ` +
      'There: cancel it. Not there: replay it with --not-received',
  };
}
