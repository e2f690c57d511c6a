// The queue: whose turn it is. Inbound, one lane for each feed, worked by one transaction at a time. Outbound, one lane
// for each destination and person: only a lane's head may be sent, and only while nothing else of the lane is in
// flight. A claim hops from lane to lane over an index and stops at the first head that is free and due.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope, Store, Tx } from './database.ts';
import type { InboxRow } from './inbox-rows.ts';

/** Any fixed number: the first half of the lane locks' key. */
const feedLocks = 7_306_002;
/** More waiting bytes than this are read in several batches. */
const batchBytes = 8 * 1024 * 1024;

/**
 * Runs `work` on up to `limit` waiting rows of a feed, in arrival order, in one transaction that holds the lane until
 * it commits. The lock is on the lane and not on its head: a row with a smaller number may still appear (another
 * replica's commit), and must not open the lane a second time. The rows are read after the lock is held, so whatever
 * was acknowledged before a later message was sent is seen before that message.
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
    const { rows } = await sql<InboxRow>`
      with next as (
        select *, sum(bytes) over (order by id) as total, row_number() over (order by id) as place
        from (select id, feed, sender, control_id, event, received_at, bytes from inbox
              where feed = ${feed} and state = 'received' order by id limit ${limit}) as head
      )
      select n.id, n.feed, n.sender, n.control_id as "controlId", n.event, n.received_at as "receivedAt",
        coalesce(b.body, ''::bytea) as body
      from next n left join inbox_body b on b.inbox_id = n.id
      where n.place = 1 or n.total <= ${batchBytes}
      order by n.id`.execute(tx);
    if (rows.length > 0) await work(tx, rows);
    return rows.length;
  });
}

/** Row number of the outbox row now claimed, under `attempt`. */
interface Claimed {
  readonly id: number;
}

/**
 * Claims the head of some lane of a destination for sending: state `sending`, attempt + 1, lease. Not claimed from: a
 * paused destination, a lane with anything in flight or not due at its head, an effect whose earlier revision is held,
 * a person named by a held identity message.
 * @param leaseMs how long the claim lasts by the database's clock
 */
export async function claimHead(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
): Promise<number | undefined> {
  // From a random lane on, so that workers do not meet; then, if nothing was found, over all of them.
  return (
    (await claimFrom(scope, destination, owner, leaseMs, true)) ??
    claimFrom(scope, destination, owner, leaseMs, false)
  );
}

async function claimFrom(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
  random: boolean,
): Promise<number | undefined> {
  const open = sql`state in ('pending', 'sending', 'ambiguous')`;
  const start = random
    ? sql`(select min(lane) + floor(random() * (max(lane) - min(lane) + 1))::bigint
           from outbox where destination = ${destination} and ${open})`
    : sql`0`;
  const { rows } = await sql<Claimed>`
    with recursive heads(lane, id) as (
      (select o.lane, o.id from outbox o
       where o.destination = ${destination} and o.${open} and o.lane >= ${start}
         and not exists (select from destination_pause p where p.destination = ${destination} and p.until > clock_timestamp())
       order by o.lane, o.id limit 1)
      union all
      select n.lane, n.id from heads h cross join lateral (
        select o.lane, o.id from outbox o
        where o.destination = ${destination} and o.${open} and o.lane > h.lane
        order by o.lane, o.id limit 1) n
    ), head as materialized (
      select c.id from heads h cross join lateral (
        select o.id from outbox o
        where o.id = h.id and o.state = 'pending' and o.due_at <= clock_timestamp()
          and not exists (select from outbox f where f.destination = o.destination and f.lane = o.lane
            and f.state in ('pending', 'sending', 'ambiguous') and f.state <> 'pending')
          and not exists (select from outbox e where e.destination = o.destination and e.key = o.key
            and e.revision < o.revision and e.state = 'held')
          and not exists (select from identity_hold i join person p on p.id = i.person_id
            where coalesce(p.merged_into, p.id) = o.person_id)
        for update skip locked) c
      limit 1
    )
    update outbox o set state = 'sending', attempt = o.attempt + 1, lease_owner = ${owner},
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    from head where o.id = head.id
    returning o.id`.execute(on(scope));
  return rows[0]?.id;
}
