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
  // One code in several places of a message is one line: the first place is kept.
  await tx
    .insertInto('unmapped_code')
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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

/** The work list, most frequent first; only of one table, where it is named. */
export async function unmappedCodes(scope: Scope, onlyTable?: string): Promise<readonly UnmappedCode[]> {
  const { rows } = await sql<UnmappedCode>`
    select u.table_name as "table", u.code, count(*) as messages, min(u.at) as "firstSeen", max(u.at) as "lastSeen",
      (array_agg(u.place order by u.inbox_id desc))[1] as place,
      array_agg(distinct i.event order by i.event) as events, array_agg(distinct i.feed order by i.feed) as feeds
    from unmapped_code u join inbox i on i.id = u.inbox_id
    where ${onlyTable ?? null}::text is null or u.table_name = ${onlyTable ?? null}::text
    group by u.table_name, u.code
    order by count(*) desc, u.table_name, u.code`.execute(on(scope));
  return rows;
}

/**
 * How many different codes each table does not know. Goes from one code to the next over the index: it is asked at every
 * look at the metrics, and there may be millions of messages.
 */
export async function unmappedByTable(
  scope: Scope,
): Promise<readonly { readonly table: string; readonly codes: number }[]> {
  const { rows } = await sql<{ table: string; codes: number }>`
    with recursive seen as (
      (select table_name, code from unmapped_code order by table_name, code limit 1)
      union all
      select n.table_name, n.code from seen s cross join lateral (
        select table_name, code from unmapped_code u where (u.table_name, u.code) > (s.table_name, s.code)
        order by u.table_name, u.code limit 1
      ) n
    )
    select table_name as "table", count(*) as codes from seen group by table_name order by table_name`.execute(
    on(scope),
  );
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
