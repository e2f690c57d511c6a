// What stands on a worklist, by the outbox: the one truth from which a file is made whole, however it was changed or
// lost. A lapsed sender that comes back sees here what others have done since.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope } from './database.ts';

/** What has been written, or is being written just now (frozen bytes go out), latest revision of each key. */
const latestSent = (destination: string) => sql`
  select distinct on (key) id, key, team, frozen, decision->>'action' as action from outbox
  where destination = ${destination} and frozen is not null
    and state in ('delivered', 'sending', 'ambiguous')
  order by key, revision desc`;

/** The frozen bytes of every item that stands, or is to stand now, on the list of a team; oldest first. */
export async function openItems(scope: Scope, destination: string, team: string): Promise<readonly Buffer[]> {
  const { rows } = await sql<{ frozen: Buffer }>`
    select frozen from (${latestSent(destination)}) as latest
    where action = 'make' and team = ${team} order by id`.execute(on(scope));
  return rows.map(({ frozen }) => frozen);
}

/** The team on whose list an item was put; undefined where it was put on none. */
export async function listedUnder(
  scope: Scope,
  destination: string,
  key: string,
): Promise<string | undefined> {
  const made = await on(scope)
    .selectFrom('outbox')
    .select('team')
    .where('destination', '=', destination)
    .where('key', '=', key)
    .where(sql<string>`decision->>'action'`, '=', 'make')
    .where('frozen', 'is not', null)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  return made?.team;
}
