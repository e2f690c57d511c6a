// The gauges that are read from the database when somebody looks at /metrics.
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/database.ts';
import { effectCounts } from '../store/effects.ts';
import { waiting } from '../store/inbox.ts';

export async function refreshGauges(store: Store, metrics: Metrics): Promise<void> {
  const [feeds, effects] = await Promise.all([waiting(store), effectCounts(store)]);
  metrics.waiting.reset();
  metrics.oldestWaiting.reset();
  metrics.outboxWaiting.reset();
  for (const { feed, rows, oldest } of feeds) {
    metrics.waiting.set({ feed }, rows);
    metrics.oldestWaiting.set({ feed }, Math.max(0, (Date.now() - oldest.getTime()) / 1_000));
  }
  for (const { destination, state, rows } of effects) metrics.outboxWaiting.set({ destination, state }, rows);
}
