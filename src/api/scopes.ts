// What a token allows (RFC 6749 §3.3, RFC 9068 §2.2.3): asked before any body is read. Whoever writes notes is not
// thereby somebody who may cancel what is held.
import type { RequestHandler } from 'express';
import { auditEntry } from '../audit/entry.ts';
import { BridgeError } from '../errors.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';

/** `ips-bridge.notes`: write notes and follow one's own. `ips-bridge.operations`: what is held and what is paused. */
type Scope = 'ips-bridge.notes' | 'ips-bridge.operations';

/** Answers 403 to a valid token without the scope, and notes that on the audit. */
export function requireScope(
  scope: Scope,
  { store, now }: { readonly store: Store; readonly now: () => Date },
): RequestHandler {
  return async (_request, response, next) => {
    const granted: unknown = response.locals['scopes'];
    if (Array.isArray(granted) && granted.includes(scope)) {
      next();
      return;
    }
    const actor = { kind: 'client', name: String(response.locals['subject']) } as const;
    const entry = auditEntry('refused', now(), {}, { actor, outcome: 'failure', detail: { scope } });
    await inTransaction(store, (tx) => writeAudit(tx, [entry]));
    response.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`);
    throw new BridgeError('unsupported/forbidden', `the token does not hold the scope ${scope}`);
  };
}
