// The express application: health first, then authentication before anything reads a body, then the routes, and every
// error as an OperationOutcome that says nothing about a person.
import type { Server } from 'node:http';
import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import helmet from 'helmet';
import { BridgeError, errorCode } from '../errors.ts';
import { operationOutcome } from '../fhir/outcome.ts';
import type { Log } from '../log.ts';
import { isTransient } from '../store/transient.ts';
import { authenticate } from './authenticate.ts';
import type { TokenRules } from './authenticate.ts';
import { jsonBody } from './body.ts';
import { healthRoutes } from './health.ts';
import type { HealthDeps } from './health.ts';
import { notesRoutes } from './notes.ts';
import type { NotesDeps } from './notes.ts';
import { operationsRoutes } from './operations.ts';
import type { OperationsDeps } from './operations.ts';
import { requireScope } from './scopes.ts';

export interface HttpDeps extends HealthDeps, OperationsDeps, NotesDeps {
  readonly tokens: TokenRules | undefined;
  readonly log: Log;
}

/** The HTTP status of our own errors by kind; everything else is 500. */
function statusOf(error: BridgeError): number {
  if (error.kind === 'unsupported/unauthenticated') return 401;
  if (error.kind === 'unsupported/forbidden') return 403;
  if (error.kind === 'unsupported/route' || error.kind.startsWith('field/unknown-')) return 404;
  if (error.kind === 'unsupported/state') return 409;
  if (error.kind === 'structure/too-large') return 413;
  if (error.kind === 'unsupported/media-type') return 415;
  if (['field/idempotency-key', 'unsupported/care-concern'].includes(error.kind)) return 422;
  if (error.kind.startsWith('delivery/')) return 503;
  return /^(parse|structure|field|type|code|identity)\//.test(error.kind) ? 400 : 500;
}

/**
 * A thrown value as one of ours. Errors of express's body parser carry the raw body, and a path may hold anything that
 * a caller wrote: neither is kept.
 */
function safely(thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  if (isTransient(thrown))
    return new BridgeError('delivery/unavailable', 'the database does not answer', { cause: thrown });
  const status =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined;
  if (status === 413)
    return new BridgeError('structure/too-large', 'the body is larger than this route takes');
  if (status === 415) {
    return new BridgeError(
      'unsupported/media-type',
      'this character set or content encoding is not read; send JSON in UTF-8',
    );
  }
  if (status === 400) return new BridgeError('parse/request', 'the request cannot be read');
  return new BridgeError('internal/unexpected', `unexpected error${errorCode(thrown) === undefined ? '' : ` ${String(errorCode(thrown))}`}`, { cause: thrown }); // prettier-ignore
}

export function createHttpApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } }));
  app.use(healthRoutes(deps));
  app.use(authenticate(deps.tokens, deps.log));
  app.use('/notes', requireScope('ips-bridge.notes', deps));
  app.use(['/held', '/pauses'], requireScope('ips-bridge.operations', deps));
  app.use(jsonBody('1mb'));
  app.use(operationsRoutes(deps));
  app.use(notesRoutes(deps));
  app.use((_request, _response, next) => {
    next(new BridgeError('unsupported/route', 'there is no such route'));
  });
  const onError: ErrorRequestHandler = (thrown: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const error = safely(thrown);
    const status = statusOf(error);
    if (status === 503 && !response.hasHeader('Retry-After')) response.set('Retry-After', '5');
    if (status === 500) deps.log.error('request-failed', { status }, error);
    response
      .status(status)
      .type('application/fhir+json')
      .send(JSON.stringify(operationOutcome(error)));
  };
  app.use(onError);
  return app;
}

/** Listens; resolves with the server and the port it got. */
export function listenHttp(
  app: Express,
  host: string,
  port: number,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host);
    server.once('error', (cause) =>
      reject(
        new BridgeError(
          'config/port',
          `cannot listen for HTTP on ${host}:${port} (${errorCode(cause) ?? 'unknown reason'})`,
          {
            where: 'http.port',
            cause,
          },
        ),
      ),
    );
    server.once('listening', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port });
    });
  });
}

/** Stops listening; running requests have `graceMs`, then their connections are cut. */
export function closeHttp(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
