// What a FHIR server's reply means for the outbox: design.md section 4's three classes, by status alone (R15-R17).
// docs/destinations.md holds the same as a table.
import type { Answer, Delivery, Prepared } from '../pipeline/destination.ts';
import type { ErrorKind } from '../errors.ts';
import type { Reply } from './reply.ts';
import { referencesIn } from './transaction.ts';
import type { SentBundle } from './transaction.ts';

type Failure = Extract<Prepared, { outcome: 'transient' | 'refused' }>;

/**
 * A read that did not give what was asked for, while preparing. Nothing was written, so all but the server's plain
 * refusals may be tried again. A 404 here means that the server does not know the interaction.
 */
export function readFailure(reply: Reply): Failure {
  if (reply.outcome === 'not-sent') return transient(reply.kind, reply.message, isConnection(reply.kind));
  if (reply.outcome === 'unknown') {
    if (isTooLarge(reply.kind)) return { outcome: 'refused', kind: reply.kind, message: reply.message };
    return transient(reply.kind, reply.message, isConnection(reply.kind));
  }
  const { status } = reply;
  const said = saidStatus(status);
  if (status === 401) return transient(said.kind, said.message, true);
  if (status === 408 || status === 429 || status >= 500) {
    return transient(said.kind, said.message, pausing(status), reply.retryAfterMs);
  }
  return { outcome: 'refused', ...said };
}

/** The same for `ask`: a refusal there leaves the question open. */
export function askFailure(reply: Reply): Answer {
  const failure = readFailure(reply);
  return failure.outcome === 'transient' ? failure : { ...failure, outcome: 'unclear' };
}

/** What became of a transaction. `conflict` means 409 on a create: only a search can tell what it stands for. */
export type Sent = Delivery | { readonly outcome: 'conflict' };

export function sentOutcome(reply: Reply, sent: SentBundle): Sent {
  if (reply.outcome === 'not-sent') {
    if (reply.kind === 'delivery/foreign-address') return { ...reply, outcome: 'permanent' };
    return transient(reply.kind, reply.message, isConnection(reply.kind));
  }
  if (reply.outcome === 'unknown') {
    const { kind, message } = reply;
    return { outcome: 'ambiguous', kind, message, pausesDestination: isConnection(kind) };
  }
  const { status } = reply;
  const said = saidStatus(status);
  const updates = sent.entries.some((entry) => entry.method === 'PUT');
  if (status >= 200 && status < 300) return accepted(reply, sent);
  if (status === 401) return transient(said.kind, said.message, true);
  if (status === 429 || status === 503) return transient(said.kind, said.message, true, reply.retryAfterMs);
  // Either the version is not the one we read, or the resource is gone: whoever decided must look again (R16).
  if (updates && [404, 409, 410, 412].includes(status)) return { outcome: 'stale', ...said };
  if (status === 409) return { outcome: 'conflict' };
  if (status === 412) {
    const message =
      'several resources carry our identifier: nothing is written until somebody has looked (412)';
    return { outcome: 'permanent', kind: 'delivery/several-matches', message };
  }
  if (status === 408 || status >= 500) {
    return { outcome: 'ambiguous', ...said, pausesDestination: pausing(status) };
  }
  return { outcome: 'permanent', ...said };
}

/** 201 and 200 (it was there already) are both success; a success that does not say where things are is not. */
function accepted(reply: Reply & { outcome: 'answered' }, sent: SentBundle): Delivery {
  const references = referencesIn(reply.resource, sent);
  if (references !== undefined) return { outcome: 'delivered', references, confirmed: true };
  return {
    outcome: 'ambiguous',
    kind: 'delivery/unexpected-reply',
    message: `the server answered ${reply.status} without saying what became of each entry`,
    pausesDestination: false,
  };
}

function transient(
  kind: ErrorKind,
  message: string,
  pausesDestination: boolean,
  retryAfterMs?: number,
): Extract<Failure, { outcome: 'transient' }> {
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { outcome: 'transient', kind, message, pausesDestination, ...retry };
}

/** Only what says that the server is not there pauses the whole destination; the rest is this resource's own. */
function isConnection(kind: ErrorKind): boolean {
  return ['delivery/unreachable', 'delivery/timeout', 'delivery/lost-reply', 'delivery/no-token'].includes(
    kind,
  );
}

function isTooLarge(kind: ErrorKind): boolean {
  return kind === 'delivery/reply-too-large' || kind === 'delivery/foreign-address';
}

function pausing(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

function saidStatus(status: number): { kind: ErrorKind; message: string } {
  const redirect = status >= 300 && status < 400;
  const message = redirect
    ? `the server answered ${status}; redirects are never followed`
    : `the server answered ${status}`;
  return { kind: `delivery/http-${status}`, message };
}
