// Codes that no table knew, with the messages that used them, and messages that were deliberately not used: two work
// lists for whoever keeps the mappings. A code is a sender's own word: it is shown on the operator's screen, and is in no
// log and no metric.
import { sql } from 'kysely';
import type { UnknownCode } from '../fhir/canonical.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import type { InboxRow } from './inbox-rows.ts';

/** What one message holds of codes that no table knows. */
interface MessageCodes {
  readonly row: Pick<InboxRow, 'id' | 'receivedAt' | 'replayed'>;
  /** None unless given. */
  readonly unknownCodes?: readonly UnknownCode[];
}

const longestCode = 64;

/** As it is kept: at most 64 characters, and each character one that can be stored and shown. */
function storedCode(code: string): string {
  const plain = code.replaceAll(/[\p{Cc}\p{Cs}]/gu, (one) => {
    const number = one.charCodeAt(0);
    if (number < 0x20) return String.fromCharCode(0x2400 + number);
    return number === 0x7f ? '\u2421' : '\u2426';
  });
  return Array.from(plain).slice(0, longestCode).join('');
}

/** Notes the unknown codes of messages; of one that was read before, in place of what was noted then. */
export async function noteUnknownCodes(tx: Tx, messages: readonly MessageCodes[]): Promise<void> {
  const again = messages.flatMap(({ row }) => (row.replayed ? [row.id] : []));
  if (again.length > 0) await tx.deleteFrom('unmapped_code').where('inbox_id', 'in', again).execute();
  const values = messages.flatMap(({ row, unknownCodes = [] }) =>
    unknownCodes.map(({ table, code, where }) => ({
      table_name: table,
      code: storedCode(code),
      inbox_id: row.id,
      place: storedCode(where),
      at: row.receivedAt,
    })),
  );
  if (values.length === 0) return;
  // One code in several places of a message is one line: the first place is kept. As one value, since a message may hold
  // more codes than a statement can have parameters.
  await sql`
    insert into unmapped_code (table_name, code, inbox_id, place, at)
    select table_name, code, inbox_id, place, at from jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
      as v(table_name text, code text, inbox_id bigint, place text, at timestamptz)
    on conflict do nothing`.execute(tx);
}

/** One line of the work list. */
interface UnmappedCode {
  readonly table: string;
  readonly code: string;
  readonly messages: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** `OBX-5`: a place where it was seen last. */
  readonly place: string;
  readonly events: readonly string[];
  readonly feeds: readonly string[];
}

/** The first `limit` lines of the work list, most frequent first; only of one table, where it is named. */
export async function unmappedCodes(
  scope: Scope,
  onlyTable?: string,
  limit = 1_000,
): Promise<readonly UnmappedCode[]> {
  const { rows } = await sql<UnmappedCode>`
    with frequent as (
      select table_name, code, count(*) as messages from unmapped_code
      where ${onlyTable ?? null}::text is null or table_name = ${onlyTable ?? null}::text
      group by table_name, code order by count(*) desc, table_name, code limit ${limit}
    )
    select f.table_name as "table", f.code, f.messages, min(u.at) as "firstSeen", max(u.at) as "lastSeen",
      (array_agg(u.place order by u.inbox_id desc))[1] as place,
      array_agg(distinct i.event order by i.event) as events, array_agg(distinct i.feed order by i.feed) as feeds
    from frequent f join unmapped_code u using (table_name, code) join inbox i on i.id = u.inbox_id
    group by f.table_name, f.code, f.messages
    order by f.messages desc, f.table_name, f.code`.execute(on(scope));
  return rows;
}

/** A code that no table knew, and how many messages use it. */
export type CountedCode = Pick<UnmappedCode, 'table' | 'code' | 'messages'>;

/** How many codes are read at once. */
const codesAtOnce = 5_000;

/** Every code, by table and code, page by page: a sender may use another one in each message. */
export async function* everyUnmappedCode(
  scope: Scope,
  onlyTable?: string,
): AsyncIterable<readonly CountedCode[]> {
  for (let last: Pick<CountedCode, 'table' | 'code'> = { table: '', code: '' }; ;) {
    const { rows } = await sql<CountedCode>`
      select table_name as "table", code, count(*) as messages from unmapped_code
      where (table_name, code) > (${last.table}, ${last.code})
        and (${onlyTable ?? null}::text is null or table_name = ${onlyTable ?? null}::text)
      group by table_name, code order by table_name, code limit ${codesAtOnce}`.execute(on(scope));
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows;
    last = end;
  }
}

/** Of a table, no more codes than this are counted for the metrics: whoever looks sees that there are too many. */
export const mostCodesCounted = 1_000;

/**
 * How many different codes each table does not know, at most `mostCodesCounted`. Goes from one code to the next over the
 * index: it is asked at every look at the metrics, and there may be millions of messages.
 */
export async function unmappedByTable(
  scope: Scope,
): Promise<readonly { readonly table: string; readonly codes: number }[]> {
  const { rows } = await sql<{ table: string; codes: number }>`
    with recursive tables as (
      (select table_name from unmapped_code order by table_name limit 1)
      union all
      select n.table_name from tables t cross join lateral (
        select table_name from unmapped_code u where u.table_name > t.table_name order by u.table_name limit 1
      ) n
    )
    select t.table_name as "table", c.codes from tables t cross join lateral (
      with recursive seen as (
        (select code from unmapped_code where table_name = t.table_name order by code limit 1)
        union all
        select n.code from seen s cross join lateral (
          select code from unmapped_code u where u.table_name = t.table_name and u.code > s.code
          order by u.code limit 1
        ) n
      )
      select count(*) as codes from (select from seen limit ${mostCodesCounted}) as counted
    ) c order by t.table_name`.execute(on(scope));
  return rows;
}

/** Messages of one kind that were stored, acknowledged and deliberately not used. */
interface UnusedEvent {
  readonly feed: string;
  readonly event: string;
  /** In our words. */
  readonly reason: string;
  readonly messages: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** Unused messages by feed, event and reason, most frequent first. */
export async function unusedEvents(scope: Scope): Promise<readonly UnusedEvent[]> {
  const { rows } = await sql<UnusedEvent>`
    select feed, event, coalesce(unused_reason, '') as reason, count(*) as messages,
      min(received_at) as "firstSeen", max(received_at) as "lastSeen"
    from inbox where state = 'processed' and outcome = 'unused'
    group by feed, event, unused_reason
    order by count(*) desc, feed, event`.execute(on(scope));
  return rows;
}
