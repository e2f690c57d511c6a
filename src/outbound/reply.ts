// One HTTP exchange with a FHIR server, as a value: what was answered, or how sure we are that nothing was done. The
// body is read against a limit, redirects are never followed, and no address gets into a message (R17, R19, R38).
import { isResource } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import { errorCode } from '../errors.ts';
import type { ErrorKind } from '../errors.ts';
import { retryAfterMs } from './retry-after.ts';

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** For the whole exchange, the reply's last byte included. */
  readonly timeoutMs: number;
  /** Largest reply, bytes after decompression. */
  readonly replyLimit: number;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export type Reply =
  /** The server's own answer, of any status. `resource` where there was a readable one. */
  | {
      readonly outcome: 'answered';
      readonly status: number;
      readonly resource?: Resource;
      readonly retryAfterMs?: number;
    }
  /** Nothing of the request reached the server. */
  | { readonly outcome: 'not-sent'; readonly kind: ErrorKind; readonly message: string }
  /** The request may have been carried out; its answer is lost or cannot be read. */
  | { readonly outcome: 'unknown'; readonly kind: ErrorKind; readonly message: string };

/** Carries out one exchange. Never rejects. */
export async function exchange(request: Exchange): Promise<Reply> {
  if (stopping(request)) return interrupted('not-sent');
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: 'manual',
      signal: AbortSignal.any([request.signal, timeout]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    return await replyOf(response, request);
  } catch (error) {
    if (stopping(request)) return interrupted('unknown');
    return timeout.aborted ? unknown('delivery/timeout', 'the server did not answer in time') : failed(error);
  }
}

function stopping({ signal }: Exchange): boolean {
  return signal.aborted;
}

async function replyOf(response: Response, request: Exchange): Promise<Reply> {
  const retryAfter = retryAfterMs(response.headers.get('retry-after'), request.now());
  const answered = {
    outcome: 'answered',
    status: response.status,
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  } as const;
  const body = await readBody(response, request.replyLimit);
  // What an error says beyond its status decides nothing, so a body that cannot be read is no further fault.
  if (body.outcome === 'read' && body.resource !== undefined) return { ...answered, resource: body.resource };
  if (!response.ok) return answered;
  if (body.outcome === 'too-large') {
    return unknown('delivery/reply-too-large', `the reply is larger than ${request.replyLimit} bytes`);
  }
  return body.outcome === 'empty'
    ? answered
    : unknown('delivery/unreadable-reply', 'the reply is not FHIR JSON');
}

type Body =
  | { readonly outcome: 'read'; readonly resource: Resource | undefined }
  | { readonly outcome: 'empty' | 'too-large' };

/** Rejects where the connection ends too early: for a success that is a lost reply. */
async function readBody(response: Response, limit: number): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream, which closes the connection.
      if (size > limit) return { outcome: 'too-large' };
      chunks.push(chunk);
    }
  } catch (error) {
    if (response.ok) throw error;
    return { outcome: 'empty' };
  }
  if (size === 0) return { outcome: 'empty' };
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(fhir\+)?json\s*(;|$)/i.test(type);
  return { outcome: 'read', resource: isJson ? parsed(Buffer.concat(chunks)) : undefined };
}

function parsed(bytes: Buffer): Resource | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isResource(value) ? value : undefined;
  } catch {
    // Not UTF-8 or not JSON: the caller says so, in words that quote nothing.
    return undefined;
  }
}

/** Failures before the first byte of the request: no address, no route, nobody listening, or a certificate refused. */
const beforeFirstByte: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]); // prettier-ignore

function failed(error: unknown): Reply {
  // fetch wraps the socket's error in one of its own, whose message would name the address.
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  const code = errorCode(cause) ?? errorCode(error);
  const shown = code === undefined ? '' : ` (${code})`;
  if (code !== undefined && beforeFirstByte.has(code)) {
    return {
      outcome: 'not-sent',
      kind: 'delivery/unreachable',
      message: `the server cannot be reached${shown}`,
    };
  }
  return unknown('delivery/lost-reply', `the connection ended before the whole reply was read${shown}`);
}

function unknown(kind: ErrorKind, message: string): Reply {
  return { outcome: 'unknown', kind, message };
}

function interrupted(outcome: 'not-sent' | 'unknown'): Reply {
  return { outcome, kind: 'delivery/interrupted', message: 'the service is stopping' };
}
