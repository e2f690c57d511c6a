// Messages of the past with their bytes, for trying a change of mappings on them: oldest first, page by page, so that
// memory stays bounded however many there are and however large. Bodies are there as long as retention keeps them.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope } from './database.ts';

/** One message as it was received. */
export interface PastMessage {
  readonly row: number;
  readonly feed: string;
  readonly receivedAt: Date;
  readonly body: Buffer;
}

/** How many messages and bytes a page holds at most; a page holds at least one message. */
const page = { rows: 500, bytes: 8 * 1024 * 1024 };

/** How many messages of these feeds since then still have their bytes. */
export async function countPast(scope: Scope, feeds: readonly string[], since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from inbox i
    where i.feed = any(${[...feeds]}::text[]) and i.received_at >= ${since}
      and exists (select from inbox_body b where b.inbox_id = i.id)`.execute(on(scope));
  return rows[0]?.count ?? 0;
}

/** The next messages of these feeds after a row number, in the order in which they were received. */
export async function nextPast(
  scope: Scope,
  feeds: readonly string[],
  since: Date,
  after: number,
): Promise<readonly PastMessage[]> {
  const { rows } = await sql<PastMessage>`
    with ahead as (
      select i.id, i.feed, i.received_at from inbox i
      where i.id > ${after} and i.feed = any(${[...feeds]}::text[]) and i.received_at >= ${since}
        and exists (select from inbox_body b where b.inbox_id = i.id)
      order by i.id limit ${page.rows}
    ), sized as (
      select a.*, sum(octet_length(b.body)) over (order by a.id) - octet_length(b.body) as before
      from ahead a join inbox_body b on b.inbox_id = a.id
    )
    select s.id as "row", s.feed, s.received_at as "receivedAt", b.body
    from sized s join inbox_body b on b.inbox_id = s.id
    where s.before < ${page.bytes} order by s.id`.execute(on(scope));
  return rows;
}

/** The first of these messages in the order in which they were received, one page; those whose bytes have gone are missing. */
export async function pastByRow(scope: Scope, wanted: readonly number[]): Promise<readonly PastMessage[]> {
  const { rows } = await sql<PastMessage>`
    with sized as (
      select i.id, i.feed, i.received_at, sum(octet_length(b.body)) over (order by i.id) - octet_length(b.body) as before
      from inbox i join inbox_body b on b.inbox_id = i.id
      where i.id = any(${[...wanted]}::bigint[]) order by i.id limit ${page.rows}
    )
    select s.id as "row", s.feed, s.received_at as "receivedAt", b.body
    from sized s join inbox_body b on b.inbox_id = s.id
    where s.before < ${page.bytes} order by s.id`.execute(on(scope));
  return rows;
}
