// What bounds the intake: how many rows wait, counted no further than asked; and how many refused messages are kept,
// so that a peer who is refused all day cannot fill the disk.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope } from './database.ts';

/** Rows not yet processed, over all feeds; `limit` where there are as many or more. */
export async function waitingUpTo(scope: Scope, limit: number): Promise<number> {
  const { rows } = await sql<{ rows: number }>`
    select count(*) as rows from (select from inbox where state = 'received' limit ${limit}) as w`.execute(
    on(scope),
  );
  return rows[0]?.rows ?? 0;
}

/** Deletes all but the newest `keep` refused messages of a feed; how many went. */
export async function sweepRefusals(scope: Scope, feed: string, keep: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from refused where feed = ${feed} and id <=
      (select id from refused where feed = ${feed} order by id desc offset ${keep} limit 1)`.execute(
    on(scope),
  );
  return Number(numAffectedRows ?? 0);
}
