// What would not stop the service and yet should be known, at start and by `check`: teams that no table knows, and rows
// that nobody will ever take, because their feed or destination was removed or renamed.
import type { TeamTable } from '../mapping/codes.ts';
import type { Store } from '../store/database.ts';
import { effectCounts } from '../store/effects.ts';
import type { Live } from '../store/outbox.ts';
import { waiting } from '../store/inbox.ts';

/** Teams that a destination is live for and that stand in no row of codes/teams.csv: nothing is ever sent for them. */
export function unknownTeams(live: Live, teams: Pick<TeamTable, 'find'>): string[] {
  return typeof live === 'string' ? [] : live.filter((team) => teams.find(team) === undefined);
}

export interface Stranded {
  readonly kind: 'feed' | 'destination';
  /** Of the feed or destination that the configuration no longer has. */
  readonly id: string;
  readonly rows: number;
  /** What it means and what to do. */
  readonly message: string;
}

/** Messages received and not processed of feeds, and effects not settled of destinations, that are not configured. */
export async function strandedRows(
  store: Store,
  configured: { readonly feeds: readonly string[]; readonly destinations: readonly string[] },
): Promise<readonly Stranded[]> {
  const feeds = (await waiting(store)).filter(({ feed }) => !configured.feeds.includes(feed));
  const effects = new Map<string, number>();
  for (const { destination, rows } of await effectCounts(store)) {
    if (!configured.destinations.includes(destination))
      effects.set(destination, (effects.get(destination) ?? 0) + rows);
  }
  return [
    ...feeds.map(({ feed, rows }): Stranded => ({
      kind: 'feed',
      id: feed,
      rows,
      message: `${rows} messages of this feed wait and nobody processes them: configure feeds/${feed}.yaml again until they are done`,
    })),
    ...[...effects].map(([id, rows]): Stranded => ({
      kind: 'destination',
      id,
      rows,
      message: `${rows} effects for this destination are not settled and nobody sends them: configure destinations/${id}.yaml again, or give them up with "ips-bridge cancel"`,
    })),
  ];
}
