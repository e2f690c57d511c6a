// What commands share that look into a running or stopped service: its configuration, store and rules, and the reason
// that whoever changes something gives.
import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { BridgeError } from '../errors.ts';
import { openStore } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { interpretationOf } from '../app/interpretation.ts';
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
  const { database } = config;
  if ('folder' in database && !existsSync(database.folder)) {
    throw new BridgeError('config/no-database', `there is no database in ${database.folder} yet: is --config right, and has it been served?`, { where: folder }); // prettier-ignore
  }
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

/** Reads `--reason`: it is kept in the audit, and an empty one would tell nobody why. @throws InvalidArgumentError */
export function reasonText(text: string): string {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500)
    throw new InvalidArgumentError('say why in 3 to 500 characters, and name nobody.');
  return reason;
}
