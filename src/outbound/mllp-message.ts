// The message that tells a receiver what was done to a note, from a delivery job (mappings/fhir-to-hl7v2 says how). The
// same job always gives the same bytes: MSH-10 is made from what is sent, MSH-7 is when it was decided.
import { createHash } from 'node:crypto';
import type { Identifier, Patient } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import { extensions, systems } from '../fhir/systems.ts';
import { readMessage, readValue, segmentsNamed } from '../hl7v2/message.ts';
import type { Mappings } from '../mapping/load.ts';
import type { DeliveryJob } from '../pipeline/destination.ts';
import type { PersonSummary } from '../record/summary.ts';
import { noteToSend } from './mllp-note.ts';
import type { MllpDestinationSettings } from './settings.ts';

export interface MessageParts {
  /** IANA zone of the local times that we write. */
  readonly zone: string;
  readonly mappings: Mappings;
}

/**
 * The message, without MLLP framing.
 * @throws BridgeError where something that it must have is not known or cannot be written
 */
export function messageOf(
  job: DeliveryJob,
  settings: MllpDestinationSettings,
  { zone, mappings }: MessageParts,
): Buffer {
  const { decision, note } = job;
  if (note === undefined) throw new BridgeError('delivery/no-note', 'the note is not on the record');
  const { act, document } = noteToSend(decision, note, settings.understands);
  const message = mappings.outbound.get(act);
  if (message === undefined) {
    throw new BridgeError('config/no-mapping', `no file of fhir-to-hl7v2 says how to write "${act}"`);
  }
  // Queued: the engine's accept acknowledgement is all that is waited for. Filed: the application's is.
  const isFiled = settings.acknowledgement === 'filed';
  const facts = {
    message: {
      'message.sendingApplication': settings.sender.application,
      'message.sendingFacility': settings.sender.facility,
      'message.receivingApplication': settings.receiver.application,
      'message.receivingFacility': settings.receiver.facility,
      'message.time': decision.decidedAt,
      'message.event': message.event,
      'message.controlId': controlIdOf(settings.id, job),
      'message.processingId': settings.processingId,
      'message.version': settings.version,
      'message.acceptAcknowledgement': isFiled ? 'NE' : 'AL',
      'message.applicationAcknowledgement': isFiled ? 'AL' : 'NE',
    },
    Patient: patientOf(job.person),
    DocumentReference: document,
  };
  return message.map.write(facts, { zone, authorities: mappings.authorities });
}

/**
 * MSH-10: 20 characters, the longest before v2.7. 80 bits of a hash of destination, key and revision: among a million
 * messages two are alike once in a trillion times. The destination is part of it, because two of them may end in one
 * engine, which would drop the second as a repetition of the first.
 */
function controlIdOf(destination: string, { key, revision }: Pick<DeliveryJob, 'key' | 'revision'>): string {
  const hash = createHash('sha256').update(`${destination}|${key}|${revision}`).digest('hex');
  return hash.slice(0, 20).toUpperCase();
}

/**
 * Who it is about, as far as a receiver may know: the survivor's own number, the NHS number where it is verified, the
 * birth date. Numbers of people merged into them stay out, and so does the name.
 */
function patientOf({ keys, nhsNumber, birthDate }: PersonSummary): Patient {
  const [own] = keys;
  const identifier: Identifier[] = own === undefined ? [] : [{ system: own.system, value: own.value }];
  if (nhsNumber?.verified === true) {
    const coding = [{ system: systems.nhsNumberVerification, code: '01' }];
    identifier.push({
      extension: [{ url: extensions.nhsNumberVerification, valueCodeableConcept: { coding } }],
      system: systems.nhsNumber,
      value: nhsNumber.value,
    });
  }
  return {
    resourceType: 'Patient',
    identifier,
    ...(birthDate === undefined ? {} : { birthDate }),
  };
}

/** What was sent, as far as it is asked about later. */
export interface SentMessage {
  readonly controlId: string;
  /** TXA-12.1. */
  readonly document: string | undefined;
  /** The first number of PID-3 and its authority. */
  readonly number: string | undefined;
  readonly authority: string | undefined;
}

/** Reads back what messageOf wrote. @throws BridgeError where these are not such bytes */
export function readSent(bytes: Buffer): SentMessage {
  const message = readMessage(bytes);
  const value = (segment: string, field: number, component = 1): string | undefined => {
    const found = segmentsNamed(message, segment)[0];
    return found === undefined ? undefined : (readValue(found, { field, component }) ?? undefined);
  };
  return {
    controlId: message.header.controlId,
    document: value('TXA', 12),
    number: value('PID', 3),
    authority: value('PID', 3, 4),
  };
}

/** Whether a message names the person as they are known today: after a merge it names somebody who is no more. */
export function namesToday(sent: SentMessage, person: PersonSummary, { authorities }: Mappings): boolean {
  const [own] = person.keys;
  if (own === undefined) return false;
  return sent.number === own.value && sent.authority === authorities.authorityOf('person', own.system);
}
