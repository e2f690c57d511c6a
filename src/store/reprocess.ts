// Messages that are processed again because a table knows their codes now: which they are, and back into their lanes with
// them, where their number gives each its old place.
import { sql } from 'kysely';
import { auditEntry } from '../audit/entry.ts';
import type { Actor } from '../audit/entry.ts';
import type { UnknownCode } from '../fhir/canonical.ts';
import { writeAudit } from './audit.ts';
import { inTransaction, on } from './database.ts';
import type { Scope } from './database.ts';

/** A message that used a code when no table knew it. */
interface Reprocessable {
  readonly row: number;
  readonly feed: string;
  readonly event: string;
  /** Whether its bytes are still kept; without them it cannot be read again. */
  readonly kept: boolean;
}

/**
 * The messages that hold any of these codes and were processed, or are held because of one, in the order of their numbers.
 * Those that wait already, and those given up, are not among them.
 */
export async function messagesWithCodes(
  scope: Scope,
  codes: readonly Pick<UnknownCode, 'table' | 'code'>[],
): Promise<readonly Reprocessable[]> {
  if (codes.length === 0) return [];
  const { rows } = await sql<Reprocessable>`
    select i.id as row, i.feed, i.event, exists (select from inbox_body b where b.inbox_id = i.id) as kept
    from inbox i
    where i.state in ('processed', 'held') and i.id in (
      select u.inbox_id from unmapped_code u
      join jsonb_to_recordset(${JSON.stringify(codes)}::jsonb) as c("table" text, code text)
        on c."table" = u.table_name and c.code = u.code)
    order by i.id`.execute(on(scope));
  return rows;
}

/**
 * Puts messages back into their lanes, each with its audit entry; how many of them there were to put back. One that was
 * processed is marked: what it says of who is who is not applied a second time.
 */
export function putBack(scope: Scope, rows: readonly number[], actor: Actor, at: Date): Promise<number> {
  return inTransaction(scope, async (tx) => {
    const { rows: back } = await sql<{ row: number; was: string }>`
      update inbox i set state = 'received', reprocessed = i.reprocessed or was.state = 'processed'
      from (select id, state from inbox where id = any(${[...rows]}::bigint[]) order by id for update) as was
      where i.id = was.id and was.state in ('processed', 'held')
        and exists (select from inbox_body b where b.inbox_id = i.id)
      returning i.id as row, was.state as was`.execute(tx);
    if (back.length === 0) return 0;
    await sql`select pg_notify('ips_bridge_inbox', '')`.execute(tx);
    const entries = back.map(({ row, was }) =>
      auditEntry(
        'replayed',
        at,
        { inboxRow: row },
        { actor, detail: { was, why: 'a table knows its codes now' } },
      ),
    );
    await writeAudit(tx, entries);
    return back.length;
  });
}

/** The mapping and rule set of the latest decision, in hex; undefined where nothing has been decided yet. */
export async function lastRuleSet(scope: Scope): Promise<string | undefined> {
  const { rows } = await sql<{ set: string | null }>`
    select decision->>'ruleSet' as "set" from outbox order by id desc limit 1`.execute(on(scope));
  return rows[0]?.set ?? undefined;
}
