// Reading back what was filed: a document counts as confirmed only where the EPR gives it back with our identifier, about
// the same person and with the same bytes. Anything else is an alarm: somebody's note may stand in another's record.
import type { Delivery } from '../pipeline/destination.ts';
import type { FhirClient, Typed } from './fhir-client.ts';
import { patientId, survivorOf } from './person-check.ts';
import { contentOf, hasStatus } from './transaction.ts';
import type { SentBundle, SentEntry } from './transaction.ts';

/** `unread`: what would have to be compared cannot be read just now, or does not stand in the resource itself. */
export type ReadBack = 'same' | 'differs' | 'unread';

/** For people, where a document that carries our identifier is not what we sent. */
export const differing = {
  kind: 'delivery/read-back-differs',
  message: 'what the EPR gives back is not what was filed, or stands with another person: look there now',
} as const;

/**
 * What was delivered, once its documents have been read by the references that the EPR gave, in the order sent. Other
 * resources are confirmed by the reply.
 */
export async function readBack(
  client: FhirClient,
  sent: SentBundle,
  references: readonly string[],
  signal: AbortSignal,
): Promise<Delivery> {
  let confirmed = true;
  for (const [index, entry] of sent.entries.entries()) {
    if (entry.type !== 'DocumentReference') continue;
    const id = references[index]?.split('/')[1] ?? '';
    const answer = await client.read('DocumentReference', id, signal);
    const [found] = answer.outcome === 'found' ? answer.resources : [];
    const result = found === undefined ? 'unread' : await compare(client, found, entry, signal);
    if (result === 'differs') return { outcome: 'permanent', ...differing, inDoubt: true };
    if (result === 'unread') confirmed = false;
  }
  return { outcome: 'delivered', references, confirmed };
}

/** Whether a document of the EPR is the one that was sent: identifier, person, bytes, and the status of an update. */
export async function compare(
  client: FhirClient,
  found: Typed<'DocumentReference'>,
  sent: SentEntry,
  signal: AbortSignal,
): Promise<ReadBack> {
  const { system, value } = sent.identifier;
  const isOurs = found.identifier?.some((each) => each.system === system && each.value === value) === true;
  const isStale = sent.method === 'PUT' && !hasStatus(found, sent);
  if (!isOurs || isStale) return 'differs';
  const content = contentOf(found);
  if (content !== undefined && !sameBytes(content, sent.content)) return 'differs';
  const person = await samePerson(client, found.subject?.reference, sent.patient, signal);
  return person === 'same' && content === undefined ? 'unread' : person;
}

function sameBytes(one: string, other = ''): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'));
}

/** The same Patient, or two of whom the EPR says that one was merged into the other. */
async function samePerson(
  client: FhirClient,
  found: string | undefined,
  sent: string | undefined,
  signal: AbortSignal,
): Promise<ReadBack> {
  if (found === sent) return 'same';
  const [foundId, sentId] = [patientId(client, found), patientId(client, sent)];
  if (foundId === undefined || sentId === undefined) return 'differs';
  if (foundId === sentId) return 'same';
  const survivors: string[] = [];
  for (const id of [foundId, sentId]) {
    const answer = await client.read('Patient', id, signal);
    if (answer.outcome === 'failed') return 'unread';
    const [patient] = answer.resources;
    if (patient === undefined) return 'differs';
    const survivor = await survivorOf(client, patient, signal);
    if ('outcome' in survivor) return survivor.outcome === 'transient' ? 'unread' : 'differs';
    survivors.push(survivor.id);
  }
  return survivors[0] === survivors[1] ? 'same' : 'differs';
}
