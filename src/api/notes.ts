// Progress notes over HTTP: written, corrected, taken back, and asked about by whoever wrote them. A write is answered
// once it is on disk, with 202; what becomes of it is told by GET. Notes are no emergency channel, and every answer says so.
import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import { uuidOf } from '../fhir/ids.ts';
import { notesFeed } from '../ips/notes/identity.ts';
import { noteWithdrawal, progressNote } from '../ips/notes/schema.ts';
import type { NoteRequest } from '../ips/notes/schema.ts';
import type { NoteSettings } from '../ips/notes/settings.ts';
import type { Receive } from '../pipeline/arrival.ts';
import type { Store } from '../store/database.ts';
import { storedSender } from '../store/inbox.ts';
import { noteEffects, noteWrites } from '../store/notes.ts';
import type { NoteWrite } from '../store/notes.ts';
import { bodyOf, idempotencyKey } from './note-request.ts';
import { writeStates } from './note-state.ts';

export interface NotesDeps {
  readonly store: Store;
  readonly now: () => Date;
  readonly receive: Receive;
  readonly notes: NoteSettings;
  /** Destinations whose acknowledgement says that somebody else has the note, and not that it stands in the record. */
  readonly queueing: ReadonlySet<string>;
}

/** What is kept as the answer to a write: the receipt, and the digest of the request that it is for. */
const kept = z.object({
  request: z.string(),
  receipt: z.object({
    id: z.string(),
    state: z.literal('received'),
    received: z.string(),
    notice: z.string(),
  }),
});

export function notesRoutes({ store, now, receive, notes, queueing }: NotesDeps): Router {
  const router = Router();
  const notice = `Notes are no emergency channel: nobody watches them for urgent concerns. ${notes.dutyRoute}`;

  /** Stores one write and answers; the same write again gets the same answer and has no second effect. */
  const take = async (response: Response, request: NoteRequest, controlId: string): Promise<void> => {
    const receivedAt = now();
    const { id, subject } = request;
    const body = Buffer.from(JSON.stringify(request));
    const digest = createHash('sha256').update(body).digest('hex');
    const receipt = { id, state: 'received', received: receivedAt.toISOString(), notice } as const;
    const answer = await receive({
      feed: notesFeed,
      sender: subject,
      controlId,
      event: `NOTE^${request.action}`,
      body,
      identity: Buffer.from(controlId),
      receivedAt,
      acknowledgement: Buffer.from(JSON.stringify({ request: digest, receipt })),
    });
    if (answer.outcome === 'not-stored') {
      response.set('Retry-After', String(answer.retryAfter));
      throw new BridgeError('delivery/not-stored', 'the note is not stored; send it again, with the same Idempotency-Key'); // prettier-ignore
    }
    const first =
      answer.outcome === 'stored' ? { request: digest, receipt } : readKept(answer.acknowledgement);
    if (first.request !== digest) {
      throw new BridgeError('field/idempotency-key', 'this Idempotency-Key was used for another write; nothing of this one is stored', { where: 'Idempotency-Key' }); // prettier-ignore
    }
    response.status(202).location(`/notes/${id}`).json(first.receipt);
  };

  router.post('/notes', async (request, response) => {
    const key = idempotencyKey(request);
    const subject = subjectOf(response);
    const id = uuidOf(`note|${unambiguous(subject)}|${key}`);
    const note = bodyOf(request, progressNote, notes.dutyRoute);
    await take(response, { action: 'create', id, subject, note }, id);
  });

  /** A later write of a note of the caller's own. */
  const change = async (
    request: Request<{ id: string }>,
    response: Response,
    made: (id: string, subject: string) => NoteRequest,
  ): Promise<void> => {
    const key = idempotencyKey(request);
    const subject = subjectOf(response);
    const id = noteIdOf(request);
    const write = made(id, subject);
    const earlier = await ownWrites(id, subject);
    const controlId = `${id}/${uuidOf(key)}`;
    const repeated = earlier.some((one) => one.controlId === controlId);
    if (!repeated && earlier.some(({ event, state }) => event === 'NOTE^withdraw' && state !== 'skipped')) {
      throw new BridgeError('unsupported/state', 'this note was entered in error; what is right is a new note'); // prettier-ignore
    }
    await take(response, write, controlId);
  };
  const ownWrites = async (id: string, subject: string): Promise<readonly NoteWrite[]> => {
    const writes = await noteWrites(store, id);
    if (writes[0]?.sender === storedSender(subject)) return writes;
    throw new BridgeError('field/unknown-note', 'you have written no such note');
  };

  router.put('/notes/:id', (request, response) =>
    change(request, response, (id, subject) => {
      const note = bodyOf(request, progressNote, notes.dutyRoute);
      return { action: 'amend', id, subject, note };
    }),
  );
  router.post('/notes/:id/entered-in-error', (request, response) =>
    change(request, response, (id, subject) => {
      const withdrawal = bodyOf(request, noteWithdrawal, notes.dutyRoute);
      return { action: 'withdraw', id, subject, withdrawal };
    }),
  );

  router.get('/notes/:id', async (request, response) => {
    const id = noteIdOf(request);
    const writes = await ownWrites(id, subjectOf(response));
    response.set('Cache-Control', 'no-store');
    response.json({ id, notice, writes: writeStates(writes, await noteEffects(store, id), queueing) });
  });
  return router;
}

function subjectOf(response: Response): string {
  return String(response.locals['subject']);
}

/** Without a bar: `a|b` with the key `c` is not `a` with the key `b|c`. */
function unambiguous(subject: string): string {
  return subject.replaceAll('%', '%25').replaceAll('|', '%7C');
}

function noteIdOf(request: Request<{ id: string }>): string {
  const { id } = request.params;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new BridgeError('field/unknown-note', 'you have written no such note');
}

function readKept(acknowledgement: Buffer | undefined): z.output<typeof kept> {
  const parsed = kept.safeParse(JSON.parse(acknowledgement?.toString() ?? 'null'));
  if (parsed.success) return parsed.data;
  throw new BridgeError('internal/row-missing', 'the answer to an earlier write cannot be found');
}
