// The sandbox's EPR: a FHIR R4 server on a loopback port that keeps everything in memory, and can be told to fail.
// A tool for trying things out and for tests; no EPR in production.
import { createServer as createHttpServer } from 'node:http';
import type { WithId } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import { indexDefinitions } from './definitions.ts';
import type { FaultPlan } from './faults.ts';
import { createInteractions } from './interactions.ts';
import { EprRepository } from './repository.ts';
import { createServer } from './server.ts';
import type { LoggedRequest } from './server.ts';

export interface EprSettings {
  /** 0 for any free one. */
  readonly port: number;
  /** Bearer token to ask for; a function where it changes. */
  readonly token?: string | (() => string);
  readonly faults?: FaultPlan;
  /** Answer to a stale If-Match; 412 unless given. */
  readonly conflictStatus?: 409 | 412;
  /** Largest request, bytes; 5 MiB unless given. */
  readonly limit?: number;
}

export interface Epr {
  /** Base URL, `http://127.0.0.1:<port>/fhir`. */
  readonly url: string;
  /** Every request since the start, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Adds resources as they are; an id that they carry is kept, and replaces what had it. */
  load(resources: readonly Resource[]): Promise<void>;
  /** All current resources of a type. */
  resources<T extends Resource['resourceType']>(
    type: T,
  ): Promise<WithId<Extract<Resource, { resourceType: T }>>[]>;
  /** Changes what goes wrong from now on. */
  setFaults(faults: FaultPlan | undefined): void;
  /** Refuses connections until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Starts an EPR on 127.0.0.1. Requests are carried out one after another, so that two at once cannot both create. */
export async function startEpr(settings: EprSettings): Promise<Epr> {
  indexDefinitions();
  const repository = new EprRepository();
  const requests: LoggedRequest[] = [];
  const inTurn = createTurns();
  let { faults } = settings;
  const server = createHttpServer();
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await listen(settings.port);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const url = `http://127.0.0.1:${port}/fhir`;
  const answer = createInteractions({
    repository,
    baseUrl: url,
    conflictStatus: settings.conflictStatus ?? 412,
    startedAt: new Date().toISOString(),
  });
  const { token } = settings;
  const app = createServer({
    answer: (request) => inTurn(() => answer(request)),
    log: requests,
    faults: () => faults,
    token: typeof token === 'function' ? token : () => token,
    limit: settings.limit ?? 5 * 1024 * 1024,
  });
  server.on('request', app);

  return {
    url,
    requests,
    load: (resources) =>
      inTurn(async () => {
        for (const resource of resources) {
          await (resource.id === undefined
            ? repository.createResource(resource)
            : repository.updateResource(resource));
        }
      }),
    resources: (type) =>
      inTurn(async () => {
        const found = await repository.searchResources<Resource>({ resourceType: type });
        return found.filter((resource) => isOfType(resource, type));
      }),
    setFaults: (plan) => (faults = plan),
    shut,
    open: () => listen(port),
    close: () => (server.listening ? shut() : Promise.resolve()),
  };
}

function isOfType<T extends Resource['resourceType']>(
  resource: WithId<Resource>,
  type: T,
): resource is WithId<Extract<Resource, { resourceType: T }>> {
  return resource.resourceType === type;
}

/** A queue of one: each piece of work starts when the one before has ended, however it ended. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
