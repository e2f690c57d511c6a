// The schedule: node-cron wakes, the ledger in the database decides. Every due run happens once, on whichever replica.
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import type { Store } from '../store/database.ts';
import type { JobsSettings } from './settings.ts';

export interface JobsDeps {
  readonly store: Store;
  readonly settings: JobsSettings;
  readonly current: () => ProcessDeps;
  /** Names this process in the lease. */
  readonly owner: string;
  readonly now: () => Date;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Jobs {
  /** Starts nothing more, and waits for what runs to stop at its next page. */
  stop(): Promise<void>;
}

export function startJobs(_deps: JobsDeps): Jobs {
  return { stop: () => Promise.resolve() };
}
