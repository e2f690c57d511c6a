// A thin wrapper on fhir-kit-client: its verbs, our transport. The kit's own transport has no time or size limit,
// follows redirects and links to any host with our token, and puts whole URLs into its errors; so its `request` is
// replaced by `exchange`, for the configured base URL and nothing else (R17, R19, R36, R38).
import { Client } from 'fhir-kit-client';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { ErrorKind } from '../errors.ts';
import { exchange } from './reply.ts';
import type { Reply } from './reply.ts';

export interface FhirClientSettings {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** Largest reply, bytes. */
  readonly replyLimit: number;
  /** The bearer token; asked again with `renew` after a 401. */
  readonly authorization?: (renew: boolean) => Promise<string>;
  readonly now: () => Date;
}

/** Business identifier, as in FHIR's Identifier. */
export interface BusinessIdentifier {
  readonly system: string;
  readonly value: string;
}

export type Typed<T extends Resource['resourceType']> = Extract<Resource, { resourceType: T }> & {
  readonly id: string;
};

type Found<T extends Resource['resourceType']> =
  /** Every one of this type and with this identifier: looked at, not believed. */
  | { readonly outcome: 'found'; readonly resources: readonly Typed<T>[] }
  | { readonly outcome: 'failed'; readonly reply: Reply };

export interface FhirClient {
  readonly baseUrl: string;
  /** POST _search, so that no identifier stands in a URL. At most the first page. */
  find<T extends Resource['resourceType']>(
    type: T,
    identifier: BusinessIdentifier,
    signal: AbortSignal,
  ): Promise<Found<T>>;
  /** One resource by id; `found` with none where it is not there (404, 410). */
  read<T extends Resource['resourceType']>(type: T, id: string, signal: AbortSignal): Promise<Found<T>>;
  /** Posts these bytes to the base URL, as they are. */
  transact(bytes: Buffer, signal: AbortSignal): Promise<Reply>;
  /** The server's CapabilityStatement. */
  capabilities(signal: AbortSignal): Promise<Reply>;
}

/** A client for one FHIR server. Holds no connection and no state of its own. */
export function createFhirClient(settings: FhirClientSettings): FhirClient {
  const baseUrl = settings.baseUrl.replace(/\/+$/, '');

  /** One verb of the kit, carried out by `exchange`; after a 401 once more, with a new token. */
  const run = async (signal: AbortSignal, verb: (kit: Client) => Promise<unknown>): Promise<Reply> => {
    const first = await attempt(signal, verb, false);
    const unauthorised = first.outcome === 'answered' && first.status === 401;
    return unauthorised && settings.authorization !== undefined ? attempt(signal, verb, true) : first;
  };

  const attempt = async (
    signal: AbortSignal,
    verb: (kit: Client) => Promise<unknown>,
    renew: boolean,
  ): Promise<Reply> => {
    let token: string | undefined;
    try {
      token = await settings.authorization?.(renew);
    } catch {
      // Whatever went wrong may quote the secret or its place.
      token = '';
    }
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      return notSent('delivery/no-token', 'there is no access token for the server');
    }
    const kit = new Client({ baseUrl });
    const ended: { reply: Reply } = { reply: notSent('delivery/not-sent', 'nothing was sent') };
    kit.httpClient.request = async (method, path, options = {}, body) => {
      const url = kit.httpClient.expandUrl(path);
      if (url !== baseUrl && !url.startsWith(`${baseUrl}/`)) {
        ended.reply = notSent('delivery/foreign-address', 'the address is not below the configured base URL');
        return nothing;
      }
      ended.reply = await exchange({
        method,
        url,
        headers: {
          accept: 'application/fhir+json',
          ...lowerCase(options.headers),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(typeof body === 'string' ? { body } : {}),
        timeoutMs: settings.timeoutMs,
        replyLimit: settings.replyLimit,
        signal,
        now: settings.now,
      });
      return nothing;
    };
    await verb(kit);
    return ended.reply;
  };

  return {
    baseUrl,
    find: async (type, identifier, signal) => {
      const searchParams = { identifier: tokenOf(identifier), _count: 10 };
      const options = { postSearch: true };
      const reply = await run(signal, (kit) => kit.search({ resourceType: type, searchParams, options }));
      if (!isOk(reply)) return { outcome: 'failed', reply };
      const matches = reply.resource?.resourceType === 'Bundle' ? matchesOf(reply.resource) : undefined;
      const resources = (matches ?? []).filter((each) => isTyped(each, type));
      const honoured = matches?.every((each) => isTyped(each, type) && carries(each, identifier)) ?? false;
      return honoured ? { outcome: 'found', resources } : { outcome: 'failed', reply: notHonoured };
    },
    read: async (type, id, signal) => {
      const reply = await run(signal, (kit) => kit.read({ resourceType: type, id: encodeURIComponent(id) }));
      const absent = reply.outcome === 'answered' && (reply.status === 404 || reply.status === 410);
      if (absent) return { outcome: 'found', resources: [] };
      if (!isOk(reply)) return { outcome: 'failed', reply };
      const { resource } = reply;
      if (resource === undefined || !isTyped(resource, type) || resource.id !== id) {
        return { outcome: 'failed', reply: notHonoured };
      }
      return { outcome: 'found', resources: [resource] };
    },
    transact: (bytes, signal) =>
      run(signal, (kit) =>
        kit.request(baseUrl, {
          method: 'POST',
          options: { headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' } },
          body: bytes.toString('utf8'),
        }),
      ),
    capabilities: (signal) => run(signal, (kit) => kit.capabilityStatement()),
  };
}

/** The kit wants a resource from `request`; ours leaves by `ended`. */
const nothing = { resourceType: 'OperationOutcome' };

/** A server that ignores the search parameter, or answers with something else, must not be taken at its word (R19). */
const notHonoured: Reply = {
  outcome: 'unknown',
  kind: 'delivery/not-what-was-asked-for',
  message: 'the server answered with something that was not asked for',
};

function notSent(kind: ErrorKind, message: string): Reply {
  return { outcome: 'not-sent', kind, message };
}

function isOk(reply: Reply): reply is Extract<Reply, { outcome: 'answered' }> {
  return reply.outcome === 'answered' && reply.status === 200;
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `system|value` as a search token; `$ , | \` are escaped (FHIR R4 search.html#escaping). */
function tokenOf({ system, value }: BusinessIdentifier): string {
  return [system, value].map((part) => part.replaceAll(/[$,|\\]/g, '\\$&')).join('|');
}

/** What a searchset found, without the server's remarks; undefined where one page does not hold it all. */
function matchesOf(bundle: Bundle): Resource[] | undefined {
  const matches = (bundle.entry ?? [])
    .filter(
      (entry) => entry.search?.mode !== 'outcome' && entry.resource?.resourceType !== 'OperationOutcome',
    )
    .flatMap(({ resource }) => resource ?? []);
  const more = bundle.link?.some(({ relation }) => relation === 'next') ?? false;
  return more && matches.length < 2 ? undefined : matches;
}

function isTyped<T extends Resource['resourceType']>(resource: Resource, type: T): resource is Typed<T> {
  return resource.resourceType === type && /^[A-Za-z0-9.-]{1,64}$/.test(resource.id ?? '');
}

function carries(resource: Resource, { system, value }: BusinessIdentifier): boolean {
  if (!('identifier' in resource) || !Array.isArray(resource.identifier)) return false;
  return resource.identifier.some((each) => each.system === system && each.value === value);
}
