// Many waiting effects in many lanes, made in one statement: the shape of a destination that was away for long.
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';

export async function fillOutbox(
  store: Store,
  destination: string,
  rows: number,
  lanes: number,
): Promise<void> {
  await sql`insert into person (id) select 10000000 + n from generate_series(1, ${lanes}::int) n on conflict do nothing`.execute(
    store.other,
  );
  await sql`
    insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, state)
    select ${destination}, 10000000 + 1 + n % ${lanes}::int, 10000000 + 1 + n % ${lanes}::int, 'bench/' || n, 1,
      'bench', 'CMHT-N', '{"action":"make"}', 'pending'
    from generate_series(1, ${rows}::int) n`.execute(store.other);
  await sql`analyze outbox`.execute(store.other);
}
