// The queue: whose turn it is. Inbound, one lane for each feed, worked by one transaction at a time. Outbound, one lane
// for each destination and person: only a lane's head may be sent, and only while nothing else of the lane is in
// flight. A claim hops from lane to lane over an index and stops at the first head that is free and due.
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { on } from './database.ts';
import type { Scope, Store, Tx } from './database.ts';
import type { Decision } from '../ips/decision.ts';
import type { InboxRow } from './inbox-rows.ts';

/** Any fixed number: the first half of the lane locks' key. */
const feedLocks = 7_306_002;
/** More waiting bytes than this are read in several batches. */
const batchBytes = 8 * 1024 * 1024;
/** A longer body is read in pieces of this size: the driver gets bytes as hexadecimal text, and needs several times their room. */
const pieceBytes = 2 * 1024 * 1024;

/** Waits for the lane of a feed and holds it until the transaction ends: until then nothing of the feed is processed. */
export async function lockFeed(tx: Tx, feed: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${feedLocks}, hashtext(${feed}))`.execute(tx);
}

/**
 * Runs `work` on up to `limit` waiting rows of a feed, in arrival order, in one transaction that holds the lane until
 * it commits. The lock is on the lane and not on its head: a row with a smaller number may still appear (another
 * replica's commit), and must not open the lane a second time. The rows are read after the lock is held, so whatever
 * was acknowledged before a later message was sent is seen before that message, and so is a pause: of a paused feed
 * there are no rows.
 * @returns how many rows there were, and how many bytes; undefined where another worker has the lane
 */
export function withFeedBatch(
  store: Store,
  feed: string,
  limit: number,
  work: (tx: Tx, rows: readonly InboxRow[]) => Promise<void>,
): Promise<number | undefined> {
  return store.process.transaction().execute(async (tx) => {
    const lock = await sql<{ taken: boolean }>`
      select pg_try_advisory_xact_lock(${feedLocks}, hashtext(${feed})) as taken`.execute(tx);
    if (lock.rows[0]?.taken !== true) return undefined;
    const { rows } = await sql<InboxRow & { readonly bytes: number }>`
      with next as (
        select *, sum(bytes) over (order by id) as total, row_number() over (order by id) as place
        from (select id, feed, sender, control_id, event, received_at, bytes, failure_kind, reprocessed from inbox
              where feed = ${feed} and state = 'received'
                and not exists (select from paused p where p.what = 'feed' and p.id = ${feed})
              order by id limit ${limit}) as head
      )
      select n.id, n.feed, n.sender, n.control_id as "controlId", n.event, n.received_at as "receivedAt",
        n.failure_kind is not null or n.reprocessed as replayed, n.reprocessed, n.bytes,
        case when n.bytes <= ${pieceBytes} then coalesce(b.body, ''::bytea) else ''::bytea end as body
      from next n left join inbox_body b on b.inbox_id = n.id
      where n.place = 1 or n.total <= ${batchBytes}
      order by n.id`.execute(tx);
    const whole: InboxRow[] = [];
    for (const { bytes, ...row } of rows) {
      whole.push(bytes <= pieceBytes ? row : { ...row, body: await readInPieces(tx, row.id, bytes) });
    }
    if (whole.length > 0) await work(tx, whole);
    return whole.length;
  });
}

async function readInPieces(tx: Tx, row: number, bytes: number): Promise<Buffer> {
  const body = Buffer.alloc(bytes);
  let end = 0;
  while (end < bytes) {
    const { rows } = await sql<{ piece: Buffer }>`
      select substring(body from ${end + 1} for ${pieceBytes}) as piece from inbox_body where inbox_id = ${row}`.execute(
      tx,
    );
    const piece = rows[0]?.piece;
    if (piece === undefined || piece.length === 0) break;
    end += piece.copy(body, end);
  }
  return body.subarray(0, end);
}

export interface ClaimedEffect {
  readonly row: number;
  readonly destination: string;
  /** Row number of the survivor. */
  readonly person: number;
  readonly key: string;
  readonly revision: number;
  readonly decision: Decision;
  /** Names this claim: every later step must give it. */
  readonly attempt: number;
  /** Transient failures so far. */
  readonly failures: number;
  /** An earlier send may have landed. */
  readonly inDoubt: boolean;
  /** The bytes of an earlier try: these are sent, and no others. */
  readonly frozen: Buffer | undefined;
  readonly inboxRow: number | undefined;
}

/** A claimed effect as the database gives it; the columns below in the same words. */
export type ClaimedRow = Omit<ClaimedEffect, 'frozen' | 'inboxRow'> & {
  readonly frozen: Buffer | null;
  readonly inbox: number | null;
};

export const claimedColumns = sql.raw(
  'o.id as row, o.destination, o.person_id as person, o.key, o.revision, o.decision, o.attempt, o.failures, o.in_doubt as "inDoubt", o.frozen, o.inbox_id as inbox',
);

export function claimedEffect({ frozen, inbox, ...rest }: ClaimedRow): ClaimedEffect {
  return { ...rest, frozen: frozen ?? undefined, inboxRow: inbox ?? undefined };
}

/**
 * Claims the head of some lane of a destination for sending: state `sending`, attempt + 1, lease. Not claimed from: a
 * paused destination, a lane with anything in flight or not due at its head, an effect whose earlier revision is held,
 * a person named by a held identity message.
 * @param leaseMs how long the claim lasts by the database's clock
 */
export async function claim(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
): Promise<ClaimedEffect | undefined> {
  const from = async (lane: RawBuilder<unknown>): Promise<ClaimedEffect | undefined> => {
    const { rows } = await sql<ClaimedRow>`
      select ${claimedColumns}
      from claim_head(${destination}, ${lane}, ${owner}, ${leaseMs} * interval '1 millisecond') o`.execute(
      on(scope),
    );
    return rows[0] === undefined ? undefined : claimedEffect(rows[0]);
  };
  // From a random lane on, so that workers do not meet; then, if nothing was found, over all of them.
  return (await from(sql`random_lane(${destination})`)) ?? from(sql`0`);
}
