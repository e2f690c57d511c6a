// What every route of an operator reads of a request: who calls, and why.
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Actor } from '../audit/entry.ts';
import { BridgeError } from '../errors.ts';

const reasonBody = z.strictObject({ reason: z.string().trim().min(3).max(500) });

/** The reason that the body gives. @throws BridgeError `field/reason` where it gives none, or anything else */
export function reasonOf(request: Request): string {
  const parsed = reasonBody.safeParse(request.body);
  if (parsed.success) return parsed.data.reason;
  throw new BridgeError('field/reason', 'say why, as { "reason": "…" }; name nobody in it', {
    where: 'reason',
  });
}

/** Who the token says is calling. */
export function callerOf(response: Response): Actor {
  return { kind: 'client', name: String(response.locals['subject']) };
}
