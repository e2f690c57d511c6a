// The gauges that are read from the database when somebody looks at /metrics.
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/database.ts';
import { effectCounts } from '../store/effects.ts';
import { waiting } from '../store/inbox.ts';
import { lastSuccesses } from '../store/job-runs.ts';
import { pausedParts } from '../store/paused.ts';
import { unmappedByTable } from '../store/unmapped.ts';

export async function refreshGauges(store: Store, metrics: Metrics): Promise<void> {
  const [feeds, effects, parts, runs, unmapped] = await Promise.all([
    waiting(store),
    effectCounts(store),
    pausedParts(store),
    lastSuccesses(store),
    unmappedByTable(store),
  ]);
  metrics.waiting.reset();
  metrics.oldestWaiting.reset();
  metrics.outboxWaiting.reset();
  metrics.paused.reset();
  metrics.jobPeople.reset();
  metrics.unmappedCodes.reset();
  for (const { feed, rows, oldest } of feeds) {
    metrics.waiting.set({ feed }, rows);
    metrics.oldestWaiting.set({ feed }, Math.max(0, (Date.now() - oldest.getTime()) / 1_000));
  }
  for (const { table, codes } of unmapped) metrics.unmappedCodes.set({ table }, codes);
  for (const { what, id } of parts) metrics.paused.set({ what, id }, 1);
  for (const { destination, state, rows } of effects) metrics.outboxWaiting.set({ destination, state }, rows);
  for (const { job, endedAt, counts } of runs) {
    metrics.jobLastSuccess.set({ job }, endedAt.getTime() / 1_000);
    for (const [outcome, people] of Object.entries(counts)) metrics.jobPeople.set({ job, outcome }, people);
  }
}
