// FHIR R4 over HTTP (http.html), one request against the repository: what @medplum/fhir-router's router leaves to its
// host. Search pages and their links, ETag and Location, 304, Prefer, conditional references in transactions.
import {
  OperationOutcomeError,
  generateId,
  getStatus,
  isOk,
  normalizeOperationOutcome,
  notFound,
} from '@medplum/core';
import { FhirRouter } from '@medplum/fhir-router';
import type { HttpMethod } from '@medplum/fhir-router';
import type { BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { capabilityStatement } from './capability.ts';
import { isEprType } from './definitions.ts';
import { resolveReferences } from './references.ts';
import type { EprRepository } from './repository.ts';

export interface EprRequest {
  readonly method: HttpMethod;
  /** Below the base, with a leading slash; `/` for a transaction. */
  readonly path: string;
  /** Of the URL, and of the body of a POST _search. */
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

export interface EprReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Resource;
}

export interface InteractionSettings {
  readonly repository: EprRepository;
  readonly baseUrl: string;
  /** Answer to an If-Match that does not match: servers differ. */
  readonly conflictStatus: 409 | 412;
  readonly startedAt: string;
}

const pageSize = { usual: 50, largest: 500 };
const pagesKept = 1000;

/** Answers one request; never rejects. The caller sees to it that requests take turns. */
export function createInteractions(
  settings: InteractionSettings,
): (request: EprRequest) => Promise<EprReply> {
  const { repository, baseUrl } = settings;
  const router = new FhirRouter();
  /** Opaque, so that what was searched for by POST does not end up in the URL of the next page. */
  const pages = new Map<string, URLSearchParams>();

  const route = (request: EprRequest, url: string, body: unknown) =>
    router.handleRequest(
      {
        method: request.method,
        url,
        pathname: '',
        body,
        params: {},
        query: {},
        headers: request.headers,
        config: { transactions: true },
      },
      repository,
    );

  const failure = (outcome: OperationOutcome): EprReply => {
    const stale = outcome.id === 'precondition-failed';
    return { status: stale ? settings.conflictStatus : getStatus(outcome), headers: {}, body: outcome };
  };

  const search = async (type: string, request: EprRequest): Promise<EprReply> => {
    const query = pages.get(request.query.get('_page') ?? '') ?? request.query;
    const count = Math.min(Number(query.get('_count') ?? pageSize.usual), pageSize.largest);
    const offset = Number(query.get('_offset') ?? 0);
    const parameters = new URLSearchParams(query);
    parameters.set('_count', String(count));
    parameters.set('_offset', String(offset));
    const get = { ...request, method: 'GET' } as const;
    const [outcome, bundle] = await route(get, `${type}?${parameters.toString()}`, undefined);
    if (!isOk(outcome) || bundle?.resourceType !== 'Bundle') return failure(outcome);
    const self = request.method === 'GET' && query.size > 0 ? `?${query.toString()}` : '';
    const link = [{ relation: 'self', url: `${baseUrl}/${type}${self}` }];
    if (offset + count < (bundle.total ?? 0)) {
      const page = generateId();
      parameters.set('_offset', String(offset + count));
      pages.set(page, parameters);
      for (const oldest of pages.keys()) if (pages.size > pagesKept) pages.delete(oldest);
      link.push({ relation: 'next', url: `${baseUrl}/${type}?_page=${page}` });
    }
    const entry = (bundle.entry ?? []).map((each) => ({ fullUrl: fullUrl(each.resource), ...each }));
    return { status: 200, headers: {}, body: { ...bundle, link, entry } };
  };

  const fullUrl = (resource: Resource | undefined): string =>
    `${baseUrl}/${resource?.resourceType ?? ''}/${resource?.id ?? ''}`;

  const transaction = async (request: EprRequest): Promise<EprReply> => {
    const body = await resolveReferences(request.body, repository);
    const [outcome, bundle] = await route(request, '', body);
    if (!isOk(outcome) || bundle?.resourceType !== 'Bundle') return failure(outcome);
    const entry = (bundle.entry ?? []).map((each) => described(each, wantsMinimal(request)));
    return { status: 200, headers: {}, body: { ...bundle, entry } };
  };

  const described = (entry: BundleEntry, minimal: boolean): BundleEntry => {
    const { response, resource } = entry;
    if (response === undefined || resource?.meta?.versionId === undefined) return entry;
    const { location = '', etag = '' } = headersOf(resource);
    const lastModified = resource.meta.lastUpdated;
    const stated = {
      status: response.status,
      location,
      etag,
      ...(lastModified === undefined ? {} : { lastModified }),
    };
    return minimal ? { response: stated } : { response: stated, resource };
  };

  const headersOf = (resource: Resource): Record<string, string> => {
    const version = resource.meta?.versionId;
    if (version === undefined) return {};
    return {
      etag: `W/"${version}"`,
      'last-modified': new Date(resource.meta?.lastUpdated ?? 0).toUTCString(),
      location: `${fullUrl(resource)}/_history/${version}`,
    };
  };

  const single = async (request: EprRequest): Promise<EprReply> => {
    const search = request.query.size > 0 ? `?${request.query.toString()}` : '';
    const [outcome, resource] = await route(request, `${request.path.slice(1)}${search}`, request.body);
    if (!isOk(outcome)) return failure(outcome);
    if (resource === undefined) return { status: getStatus(outcome), headers: {}, body: outcome };
    const headers = headersOf(resource);
    const reading = request.method === 'GET';
    if (reading && headers['etag'] !== undefined && request.headers['if-none-match'] === headers['etag']) {
      return { status: 304, headers };
    }
    const made =
      request.method === 'PUT' && repository.versionCount(resource.resourceType, resource.id ?? '') === 1;
    const status = made ? 201 : getStatus(outcome);
    return !reading && wantsMinimal(request) ? { status, headers } : { status, headers, body: resource };
  };

  const answer = async (request: EprRequest): Promise<EprReply> => {
    const [, type = '', second] = request.path.split('/');
    if (type === 'metadata') {
      return { status: 200, headers: {}, body: capabilityStatement(baseUrl, settings.startedAt) };
    }
    if (type === '' && request.method === 'POST') return transaction(request);
    if (!isEprType(type)) return failure(notFound);
    if (request.method === 'GET' && second === undefined) return search(type, request);
    if (request.method === 'POST' && second === '_search') return search(type, request);
    return single(request);
  };

  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      const known = error instanceof OperationOutcomeError ? error.outcome : normalizeOperationOutcome(error);
      return failure(known);
    }
  };
}

/** FHIR R4 http.html#ops: `Prefer: return=minimal`. */
function wantsMinimal(request: EprRequest): boolean {
  return request.headers['prefer']?.includes('return=minimal') ?? false;
}
