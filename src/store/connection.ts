// Connections to PostgreSQL by the `pg` driver: how each is made, what it may cost, and that a hung one is given up.
import pg from 'pg';
import type { Log } from '../log.ts';
import { prepareSession } from './safety.ts';

/** Where and as whom to connect; asked at each connect, since a server can come back elsewhere. */
export type Address = () => pg.ClientConfig;

/** Times in milliseconds. */
export interface PoolLimits {
  readonly connections: number;
  readonly statement: number;
  readonly lock: number;
  readonly idleInTransaction: number;
  /** A connection in use for longer is cut: the server or the network hangs, and its own timeouts cannot reach us. */
  readonly longestUse: number;
}

/** Row numbers and counts as numbers: none comes near 2^53, and one that did would throw rather than be rounded. */
function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a number of the database is beyond 2^53');
  return value;
}

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, wholeNumber);

function clientConfig(address: Address, purpose: string): pg.ClientConfig {
  return {
    ...address(),
    application_name: `ips-bridge ${purpose}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
}

/** One connection by itself, for start, listening and presence. The caller ends it. */
export async function connect(address: Address, purpose: string): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(address, purpose));
  // Without a listener a lost connection would end the process; whoever cares adds one of their own.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw thrown;
  }
  return client;
}

/** A pool whose connections are made on demand and end after half a minute without use. */
export function createPool(purpose: string, limits: PoolLimits, address: Address, log: Log): pg.Pool {
  class Client extends pg.Client {
    constructor() {
      super(clientConfig(address, purpose));
      // A connection lost while in use fails its query; the event besides would end the process if nobody listened.
      this.on('error', () => undefined);
    }
  }
  const pool = new pg.Pool({
    Client,
    max: limits.connections,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    onConnect: (client): unknown => prepareSession(client, limits),
  });
  const timers = new Map<pg.PoolClient, NodeJS.Timeout>();
  const forget = (client: pg.PoolClient): void => {
    clearTimeout(timers.get(client));
    timers.delete(client);
  };
  pool.on('error', (error) => log.warn('database-connection-lost', { message: purpose }, error));
  pool.on('acquire', (client) => {
    const cut = (): void => {
      log.error('database-connection-cut', { message: purpose, ms: limits.longestUse });
      if (client instanceof pg.Client) void client.end();
    };
    timers.set(client, setTimeout(cut, limits.longestUse));
  });
  pool.on('release', (_error, client) => forget(client));
  pool.on('remove', forget);
  return pool;
}
