// The frozen bytes of a transaction, read back: which resources were sent, by which identifiers, and what the reply
// says became of them (FHIR R4 http.html#transaction-response). Bytes come from the outbox, so they are checked.
import { isResource } from '@medplum/core';
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import { systems } from '../fhir/systems.ts';
import type { BusinessIdentifier } from './fhir-client.ts';

/** What this program writes to an EPR; nothing else is ever created or changed there. */
const ownTypes = ['ServiceRequest', 'Task', 'Flag', 'DocumentReference'] as const;
export type OwnType = (typeof ownTypes)[number];
export type OwnResource = Extract<Resource, { resourceType: OwnType }>;

export interface SentEntry {
  readonly method: 'POST' | 'PUT';
  readonly type: OwnType;
  /** Our own: what the conditional create is on, and what is asked for afterwards. */
  readonly identifier: BusinessIdentifier;
  /** As it was sent. */
  readonly status: string;
  /** Reference to the person it is about. */
  readonly patient: string | undefined;
  /** Texts of the annotations that were sent. */
  readonly notes: readonly string[];
  /** Of a document: its text, base64. */
  readonly content?: string;
  /** For an update: the version that it replaces. */
  readonly replaces?: string;
}

export interface SentBundle {
  readonly entries: readonly SentEntry[];
}

/**
 * @throws BridgeError internal/frozen-bytes where they are no transaction of creates and updates of ours
 */
export function sentBundle(bytes: Buffer): SentBundle {
  const bundle: unknown = JSON.parse(bytes.toString('utf8'));
  const entries = isBundle(bundle) ? (bundle.entry ?? []).map(sentEntry) : [];
  const known = entries.filter((entry) => entry !== undefined);
  if (known.length === 0 || known.length < entries.length) {
    throw new BridgeError('internal/frozen-bytes', 'the stored bytes are no transaction of this destination');
  }
  return { entries: known };
}

function isBundle(value: unknown): value is Bundle {
  return isResource(value) && value.resourceType === 'Bundle' && value.type === 'transaction';
}

function sentEntry({ resource, request }: BundleEntry): SentEntry | undefined {
  const method = request?.method;
  if (method !== 'POST' && method !== 'PUT') return undefined;
  if (resource === undefined || !isOwn(resource)) return undefined;
  const own = resource.identifier?.find(({ system }) => system === systems.uri);
  if (own?.system === undefined || own.value === undefined) return undefined;
  const version = versionOf(request?.ifMatch);
  const content = contentOf(resource);
  return {
    method,
    type: resource.resourceType,
    identifier: { system: own.system, value: own.value },
    status: resource.status,
    patient: (resource.resourceType === 'Task' ? resource.for : resource.subject)?.reference,
    notes: annotationsOf(resource),
    ...(content === undefined ? {} : { content }),
    ...(version === undefined ? {} : { replaces: version }),
  };
}

function isOwn(resource: Resource): resource is OwnResource {
  return ownTypes.some((type) => type === resource.resourceType);
}

/** Whether an update's status is there: as sent, or, of a document, as an error, which says more than superseded. */
export function hasStatus(found: OwnResource, sent: SentEntry): boolean {
  return (
    found.status === sent.status ||
    (found.resourceType === 'DocumentReference' &&
      sent.status === 'superseded' &&
      found.status === 'entered-in-error')
  );
}

/** Texts of the annotations (FHIR `note`) on a resource; a Flag and a document have none. */
export function annotationsOf(resource: OwnResource): string[] {
  return 'note' in resource ? (resource.note ?? []).map(({ text }) => text) : [];
}

/** The text of a document, base64; undefined where it does not stand in the resource itself. */
export function contentOf(resource: OwnResource): string | undefined {
  return resource.resourceType === 'DocumentReference' ? resource.content[0]?.attachment.data : undefined;
}

/** The version in an ETag, `W/"3"` (FHIR R4 http.html#versioning). */
function versionOf(etag: string | undefined): string | undefined {
  return /^(?:W\/)?"([^"]+)"$/.exec(etag ?? '')?.[1];
}

/**
 * `Type/id` of each entry, in the order sent; undefined where the reply is no transaction-response that answers every
 * entry with success and a place of the right type.
 */
export function referencesIn(reply: Resource | undefined, sent: SentBundle): string[] | undefined {
  if (reply?.resourceType !== 'Bundle' || reply.type !== 'transaction-response') return undefined;
  if (reply.entry?.length !== sent.entries.length) return undefined;
  const references = reply.entry.map(({ response }, index) => {
    if (!/^20[01]\b/.test(response?.status ?? '')) return undefined;
    const place = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(
      response?.location ?? '',
    );
    return place?.[1] === sent.entries[index]?.type ? `${place?.[1] ?? ''}/${place?.[2] ?? ''}` : undefined;
  });
  const known = references.filter((reference) => reference !== undefined);
  return known.length === references.length ? known : undefined;
}
