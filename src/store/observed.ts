// What would have been sent if its destination or rule were live: counts, without anybody's data.
import { sql } from 'kysely';
import type { EffectKind } from '../ips/decision.ts';
import { on } from './database.ts';
import type { Scope } from './database.ts';

export interface ObservedCount {
  readonly destination: string;
  readonly effect: EffectKind;
  readonly rule: string;
  /** Local team id. */
  readonly team: string;
  readonly rows: number;
  /** The row decided last, to look at one. */
  readonly latest: number;
}

/** What stands observed, by destination, effect, rule and team. @param destination only of this one */
export async function observedCounts(scope: Scope, destination?: string): Promise<readonly ObservedCount[]> {
  const { rows } = await sql<ObservedCount>`
    select destination, decision->>'effect' as effect, rule, team, count(*) as rows, max(id) as latest
    from outbox
    where state = 'observed' and (${destination ?? null}::text is null or destination = ${destination ?? null})
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`.execute(on(scope));
  return rows;
}
