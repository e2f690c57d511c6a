// The HTTP side of the sandbox's EPR: express, bearer token, size limit, media types, request log, and the faults.
import express from 'express';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { HttpMethod } from '@medplum/fhir-router';
import type { OperationOutcome } from '@medplum/fhirtypes';
import type { Fault, FaultPlan } from './faults.ts';
import type { EprReply, EprRequest } from './interactions.ts';

/** One request as it came, without anything that could name a person. */
export interface LoggedRequest {
  readonly method: string;
  /** Below the base, without the query. */
  readonly path: string;
  /** Whether there was a query. */
  readonly query: boolean;
  /** Status of the reply; undefined where none was given (yet). */
  status?: number;
}

export interface ServerSettings {
  readonly answer: (request: EprRequest) => Promise<EprReply>;
  readonly log: LoggedRequest[];
  readonly faults: () => FaultPlan | undefined;
  /** The bearer token that is asked for; undefined asks for none. */
  readonly token: () => string | undefined;
  /** Largest request body, bytes. */
  readonly limit: number;
}

const mediaTypes = ['application/fhir+json', 'application/json'];

/** An express app that serves `/fhir`. */
export function createServer(settings: ServerSettings): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/fhir', (request, response, next) => {
    const entry: LoggedRequest = {
      method: request.method,
      path: request.path,
      query: request.url.includes('?'),
    };
    settings.log.push(entry);
    response.on('finish', () => (entry.status = response.statusCode));
    const token = settings.token();
    if (token === undefined || request.headers.authorization === `Bearer ${token}`) next();
    else refuse(response, 401, 'login', 'A bearer token is needed');
  });
  app.use(
    '/fhir',
    express.json({ type: [...mediaTypes, 'application/json-patch+json'], limit: settings.limit }),
  );
  app.use('/fhir', express.urlencoded({ extended: false, limit: settings.limit }));
  app.use('/fhir', (request, response, next) => {
    serve(request, response, settings).catch(next);
  });
  app.use(bodyErrors);
  return app;
}

async function serve(request: Request, response: Response, settings: ServerSettings): Promise<void> {
  const fault = settings.faults()?.({ method: request.method, path: request.path });
  if (fault?.kind === 'status') {
    if (fault.retryAfter !== undefined) response.set('retry-after', fault.retryAfter);
    refuse(response, fault.status, 'transient', 'The sandbox was told to fail');
    return;
  }
  if (fault?.kind === 'redirect') {
    response.redirect(307, fault.location);
    return;
  }
  if (fault?.kind === 'lost-request') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'slow' && fault.when === 'before') await pause(fault.ms);

  const method = methodOf(request.method);
  if (method === undefined) {
    refuse(response, 405, 'not-supported', 'Method not supported');
    return;
  }
  const isSearch = request.path.endsWith('/_search');
  const body: unknown = request.body;
  if (body === undefined && ['POST', 'PUT', 'PATCH'].includes(method) && !isSearch) {
    refuse(response, 415, 'not-supported', 'application/fhir+json is needed');
    return;
  }
  const reply = await settings.answer({
    method,
    path: request.path.replace(/(?<=.)\/$/, ''),
    query: queryOf(request, isSearch ? body : undefined),
    headers: singleHeaders(request),
    body,
  });
  if (fault?.kind === 'slow' && fault.when === 'after') await pause(fault.ms);
  send(response, reply, fault);
}

function send(response: Response, reply: EprReply, fault: Fault | undefined): void {
  if (fault?.kind === 'lost-reply') {
    response.socket?.destroy();
    return;
  }
  response.status(reply.status).set(reply.headers);
  if (reply.body === undefined) {
    response.end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(reply.body));
  response
    .set('content-type', 'application/fhir+json; charset=utf-8')
    .set('content-length', String(bytes.length));
  if (fault?.kind === 'truncated')
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
  else response.end(bytes);
}

function queryOf(request: Request, form: unknown): URLSearchParams {
  const query = new URLSearchParams(request.url.split('?')[1]);
  for (const [name, value] of Object.entries(form ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  return query;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly HttpMethod[];

function methodOf(method: string): HttpMethod | undefined {
  return methods.find((known) => known === method);
}

function singleHeaders(request: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    ['if-match', 'if-none-match', 'if-none-exist', 'prefer'].map((name) => [name, request.get(name)]),
  );
}

function refuse(
  response: Response,
  status: number,
  code: OperationOutcome['issue'][0]['code'],
  text: string,
): void {
  const outcome: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, details: { text } }],
  };
  response.status(status).type('application/fhir+json').send(JSON.stringify(outcome));
}

/** The body parser's errors carry the body itself: only their status is passed on. */
const bodyErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  refuse(response, status, status === 413 ? 'too-long' : 'structure', 'The request could not be read');
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
