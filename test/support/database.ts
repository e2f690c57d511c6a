// A database of its own for a test file: a copy of the migrated template on the run's one server.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createLog } from '../../src/log.ts';
import { connect } from '../../src/store/connection.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';

export const testServerVariable = 'IPS_BRIDGE_TEST_SERVER';
export const templateName = 'ips_bridge_template';

const server = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
  folder: z.string(),
});

/** The run's server, as global-setup left it. */
export function testServerAddress(): z.infer<typeof server> {
  return server.parse(JSON.parse(process.env[testServerVariable] ?? '{}'));
}

export interface FreshDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

async function asAdmin(statement: string): Promise<void> {
  const { host, port, user, password } = testServerAddress();
  const admin = await connect(() => ({ host, port, user, password, database: 'postgres' }), 'tests');
  await admin.query(statement).finally(() => admin.end());
}

/** An empty, migrated database; `drop` ends whatever is still connected. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { host, port, user, password } = testServerAddress();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(`create database ${name} template ${templateName}`);
  const place = host.startsWith('/') ? encodeURIComponent(host) : `${host}:${port}`;
  return {
    url: `postgresql://${user}:${encodeURIComponent(password)}@${place}/${name}`,
    drop: () => asAdmin(`drop database if exists ${name} with (force)`),
  };
}

export interface FreshStore {
  readonly store: Store;
  readonly url: string;
  /** Closes the store and drops its database. */
  readonly drop: () => Promise<void>;
}

/** A store on a database of its own. */
export async function freshStore(): Promise<FreshStore> {
  const { url, drop } = await freshDatabase();
  const store = await openStore({ url: () => url }, { log: createLog('silent') });
  return {
    store,
    url,
    drop: async () => {
      await store.close();
      await drop();
    },
  };
}
