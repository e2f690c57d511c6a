// What a request that writes a note must bring: its key, its body as the schema has it. Every fault of a body is told at
// once, by its place and what is allowed there; what was sent is never quoted.
import type { Request } from 'express';
import type { z } from 'zod';
import { BridgeError, errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';

/**
 * The caller's own name for this write: sent again with the same body, it is the same write.
 * @throws BridgeError `field/idempotency-key-missing`
 */
export function idempotencyKey(request: Request): string {
  const key = request.get('idempotency-key') ?? '';
  if (/^[\x20-\x7e]{1,200}$/.test(key)) return key;
  throw new BridgeError(
    'field/idempotency-key-missing',
    'send an Idempotency-Key header of 1 to 200 printable ASCII characters, a new one for each write and the same one when you repeat it',
    { where: 'Idempotency-Key' },
  );
}

/**
 * The body, checked. @param emergency what to do with an urgent concern
 * @throws BridgeError `unsupported/media-type`, `unsupported/care-concern`, `field/note`
 */
export function bodyOf<S extends z.ZodType>(request: Request, schema: S, emergency: string): z.output<S> {
  const body: unknown = request.body;
  if (body === undefined && request.is(['application/json', 'application/fhir+json']) === false) {
    throw new BridgeError('unsupported/media-type', 'send JSON, as application/json');
  }
  if (typeof body === 'object' && body !== null && 'careConcern' in body) {
    throw new BridgeError(
      'unsupported/care-concern',
      `a care concern needs somebody who acknowledges it, and no such route is configured here, so that nothing of this has been taken on. ${emergency} Send the note without it`,
      { where: 'careConcern' },
    );
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw errorOf(parsed.error.issues.map(faultOf)) ?? new BridgeError('field/note', 'the note cannot be read');
}

/** Paths are those of our schema, and messages name what is allowed. */
function faultOf({ path, message }: z.core.$ZodIssue): Finding {
  return { kind: 'field/note', where: path.length === 0 ? 'the note' : path.join('.'), message };
}
