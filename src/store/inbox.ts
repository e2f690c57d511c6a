// The inbox's front: one statement stores a whole group of arrivals and wakes whoever processes them. Duplicates are
// told by sender, MSH-10 and the digest of the bytes (or of what is given in their place); their answer is the stored acknowledgement.
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import { on } from './database.ts';
import type { Scope, Store } from './database.ts';

/** One message as it came, with what the header peek found. */
export interface NewMessage {
  readonly feed: string;
  /** MSH-3 and MSH-4, joined: with the feed, who sent it. */
  readonly sender: string;
  /** MSH-10. */
  readonly controlId: string;
  /** MSH-9.1 and 9.2: `ADT^A08`. */
  readonly event: string;
  readonly body: Buffer;
  /** What makes it the same when it comes again; its bytes unless given. */
  readonly identity?: Buffer;
  readonly receivedAt: Date;
  /** The acknowledgement that will be sent if the row is stored; kept, and sent again for the same bytes. */
  readonly acknowledgement: Buffer | undefined;
}

export type Insertion =
  | { readonly outcome: 'stored'; readonly row: number; readonly reusedControlId: boolean }
  | { readonly outcome: 'duplicate'; readonly row: number; readonly acknowledgement: Buffer | undefined };

/** An index entry holds at most about 2,700 bytes; a longer text keeps its beginning and its identity. */
function indexable(text: string, longest: number): string {
  // PostgreSQL's text cannot hold U+0000; its picture stands in for it. The bytes themselves are stored as they came.
  const storable = text.replaceAll('\0', '\u2400');
  if (storable.length <= longest) return storable;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${storable.slice(0, longest - digest.length)}${digest}`;
}

interface Prepared {
  readonly message: NewMessage;
  readonly sender: string;
  readonly controlId: string;
  readonly digest: string;
  readonly named: string;
  readonly key: string;
}

/** A sender as it is stored. */
export function storedSender(sender: string): string {
  return indexable(sender, 200);
}

function prepare(message: NewMessage): Prepared {
  const sender = storedSender(message.sender);
  const controlId = indexable(message.controlId, 200);
  const digest = createHash('sha256')
    .update(message.identity ?? message.body)
    .digest('hex');
  const named = JSON.stringify([message.feed, sender, controlId]);
  return { message, sender, controlId, digest, named, key: `${named}${digest}` };
}

/** Byte strings as one, with their places, so that they travel in binary. Places count from 1, as SQL does. */
function packed(parts: readonly (Buffer | undefined)[]): {
  bytes: Buffer;
  starts: number[];
  lengths: number[];
} {
  const present = parts.filter((part) => part !== undefined);
  const [only, ...more] = present;
  let next = 1;
  const starts = parts.map((part) => {
    const start = next;
    next += part?.length ?? 0;
    return start;
  });
  return {
    // A large message comes alone, and is not copied.
    bytes: only !== undefined && more.length === 0 ? only : Buffer.concat(present),
    starts,
    // -1: there is none, which is not the same as an empty one.
    lengths: parts.map((part) => part?.length ?? -1),
  };
}

/**
 * Stores the messages in their order, durably, and tells for each its row. One statement, so one commit; a second one
 * only reads, where there are duplicates. Throws what the database throws: then nothing is known to be stored.
 */
export async function insertArrivals(
  store: Store,
  messages: readonly NewMessage[],
): Promise<readonly Insertion[]> {
  const prepared = messages.map(prepare);
  const firsts = new Map<string, Prepared>();
  for (const each of prepared) if (!firsts.has(each.key)) firsts.set(each.key, each);
  const fresh = [...firsts.values()];
  const bodies = packed(fresh.map((each) => each.message.body));
  const answers = packed(fresh.map((each) => each.message.acknowledgement));

  const { rows } = await sql<{ place: number; id: number | null; reused: boolean }>`
    select place, id, reused from store_arrivals(
      ${fresh.map((each) => each.message.feed)}, ${fresh.map((each) => each.sender)},
      ${fresh.map((each) => each.controlId)}, ${fresh.map((each) => indexable(each.message.event, 40))},
      ${fresh.map((each) => each.digest)}, ${fresh.map((each) => each.message.receivedAt)},
      ${bodies.bytes}, ${bodies.starts}, ${bodies.lengths}, ${answers.bytes}, ${answers.starts}, ${answers.lengths})`.execute(
    store.intake,
  );

  const results = new Map<string, Insertion>();
  const named = new Set<string>();
  for (const { place, id, reused } of rows) {
    const each = fresh[place - 1];
    if (each === undefined || id === null) continue;
    results.set(each.key, { outcome: 'stored', row: id, reusedControlId: reused || named.has(each.named) });
    named.add(each.named);
  }
  const missing = fresh.filter((each) => !results.has(each.key));
  for (const [key, found] of await readDuplicates(store, missing)) results.set(key, found);

  const answered = new Set<string>();
  return prepared.map((each) => {
    const result = results.get(each.key);
    if (result === undefined)
      throw new BridgeError('internal/row-missing', 'a stored row cannot be found again');
    if (result.outcome === 'duplicate' || !answered.has(each.key)) {
      answered.add(each.key);
      return result;
    }
    const { acknowledgement } = firsts.get(each.key)?.message ?? each.message;
    return { outcome: 'duplicate', row: result.row, acknowledgement };
  });
}

async function readDuplicates(store: Store, missing: readonly Prepared[]): Promise<Map<string, Insertion>> {
  if (missing.length === 0) return new Map();
  const { rows } = await sql<{ place: number; id: number; acknowledgement: Buffer | null }>`
    select a.place::int as place, i.id, i.acknowledgement
    from unnest(
      ${missing.map((each) => each.message.feed)}::text[], ${missing.map((each) => each.sender)}::text[],
      ${missing.map((each) => each.controlId)}::text[], ${missing.map((each) => each.digest)}::text[]
    ) with ordinality as a(feed, sender, control_id, digest_hex, place)
    join inbox i on i.feed = a.feed and i.sender = a.sender and i.control_id = a.control_id
      and i.digest = decode(a.digest_hex, 'hex')`.execute(store.intake);
  const found = new Map<string, Insertion>();
  for (const { place, id, acknowledgement } of rows) {
    const each = missing[place - 1];
    if (each === undefined) continue;
    found.set(each.key, { outcome: 'duplicate', row: id, acknowledgement: acknowledgement ?? undefined });
  }
  return found;
}

/** Keeps a message that was refused, for people to look at. */
export async function keepRefusal(
  scope: Scope,
  refusal: {
    readonly feed: string;
    readonly peer: string;
    readonly kind: string;
    readonly where: string;
    readonly body: Buffer;
    readonly at: Date;
  },
): Promise<void> {
  const { feed, peer, kind, where, body, at } = refusal;
  await on(scope).insertInto('refused').values({ feed, peer, kind, place: where, body, at }).execute();
}

export interface Waiting {
  readonly feed: string;
  readonly rows: number;
  /** Receipt time of the oldest. */
  readonly oldest: Date;
}

/** Rows not yet processed, by feed; feeds without any are missing. */
export async function waiting(scope: Scope): Promise<readonly Waiting[]> {
  const { rows } = await sql<Waiting>`
    select feed, count(*) as rows, min(received_at) as oldest
    from inbox where state = 'received' group by feed order by feed`.execute(on(scope));
  return rows;
}

/**
 * Proves that a message could be stored: writes one of 64 KiB and undoes it. A full disk and a database that only
 * reads are seen by this and not by a question.
 */
export async function proveWritable(store: Store): Promise<void> {
  const tx = await store.intake.startTransaction().execute();
  try {
    await tx
      .insertInto('inbox_body')
      .values({ inbox_id: -1, body: randomBytes(65_536) })
      .execute();
  } finally {
    await tx.rollback().execute();
  }
}
