// What commands share that look into a running or stopped service: its configuration, store and rules.
import { openStore } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { interpretationOf } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';

/** Runs `work` with the store of a configuration; the embedded database is started where it is not running. */
export async function withStore<T>(
  folder: string,
  work: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(folder);
  const store = await openStore(config.database, { log: createLog('warn') });
  try {
    return await work(store, config);
  } finally {
    await store.close();
  }
}

/** As withStore, with the mappings and rules of the configuration. */
export function withInterpretation<T>(
  folder: string,
  work: (store: Store, config: Config, interpretation: Interpretation) => Promise<T>,
): Promise<T> {
  return withStore(folder, (store, config) => work(store, config, interpretationOf(config)));
}
