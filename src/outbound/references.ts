// Who is asked, and who wrote something, as the EPR knows them: a literal reference where exactly one resource has the
// identifier, else a logical one by that identifier. Never invented; nobody whose role has ended is asked for anything.
import type { DocumentReference, Reference, Resource } from '@medplum/fhirtypes';
import type { Owner } from '../ips/decision.ts';
import type { Prepared } from '../pipeline/destination.ts';
import { readFailure } from './classify.ts';
import type { BusinessIdentifier, FhirClient, Typed } from './fhir-client.ts';

const people = ['Practitioner', 'PractitionerRole'] as const;
const queues = ['CareTeam', 'Organization', 'HealthcareService'] as const;
type OwnerType = (typeof people)[number] | (typeof queues)[number];

type OwnerResource = Extract<Resource, { resourceType: OwnerType }>;

export type OwnerReference =
  | { readonly outcome: 'owner'; readonly reference: Reference<OwnerResource> }
  | Extract<Prepared, { outcome: 'transient' | 'refused' }>;

/** The reference for Task.owner. `refused` where the EPR says that the only match is no longer active. */
export async function ownerReference(
  client: FhirClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<OwnerReference> {
  const queue = owner.kind === 'duty-queue';
  const identifier = { system: owner.system, value: owner.value };
  const display = owner.display === undefined ? {} : { display: owner.display };
  for (const type of queue ? queues : people) {
    const match = await search(client, type, identifier, signal);
    if (match.outcome === 'transient') return match;
    if (match.outcome === 'inactive') {
      const message = `the EPR says that the ${type} to be asked is no longer active`;
      return { outcome: 'refused', kind: 'delivery/owner-inactive', message };
    }
    if (match.outcome === 'one') {
      return { outcome: 'owner', reference: { reference: match.reference, type, identifier, ...display } };
    }
  }
  const type = queue ? 'CareTeam' : 'Practitioner';
  return { outcome: 'owner', reference: { type, identifier, ...display } };
}

type Author = NonNullable<DocumentReference['author']>[number];
type Waiting = Extract<Prepared, { outcome: 'transient' }>;

export type AuthorReference = { readonly outcome: 'author'; readonly reference: Author } | Waiting;

/**
 * The reference for DocumentReference.author: literal where one active Practitioner has the identifier. Somebody who has
 * left or is not known there is still the author: what they wrote stays theirs, and no note waits for them.
 */
export async function authorReference(
  client: FhirClient,
  author: Author,
  signal: AbortSignal,
): Promise<AuthorReference> {
  const { system, value } = author.identifier ?? {};
  if (system === undefined || value === undefined) return { outcome: 'author', reference: author };
  const match = await search(client, 'Practitioner', { system, value }, signal);
  if (match.outcome === 'transient') return match;
  const literal = match.outcome === 'one' ? { reference: match.reference } : {};
  return { outcome: 'author', reference: { ...literal, ...author } };
}

type Match =
  | { readonly outcome: 'one'; readonly reference: string }
  | { readonly outcome: 'none' }
  /** Whoever has the identifier is no longer active. */
  | { readonly outcome: 'inactive' }
  | Waiting;

async function search(
  client: FhirClient,
  type: OwnerType,
  identifier: BusinessIdentifier,
  signal: AbortSignal,
): Promise<Match> {
  const answer = await client.find(type, identifier, signal);
  if (answer.outcome === 'failed') {
    const failure = readFailure(answer.reply);
    // Many EPRs do not serve every one of these types; a logical reference says the same.
    return failure.outcome === 'refused' ? { outcome: 'none' } : failure;
  }
  const active = answer.resources.filter(isActive);
  if (active.length === 0 && answer.resources.length > 0) return { outcome: 'inactive' };
  const [only, another] = active;
  return only === undefined || another !== undefined
    ? { outcome: 'none' }
    : { outcome: 'one', reference: `${type}/${only.id}` };
}

function isActive(resource: Typed<OwnerType>): boolean {
  return resource.resourceType === 'CareTeam' ? resource.status !== 'inactive' : resource.active !== false;
}
