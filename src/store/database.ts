// The store: pools of connections to PostgreSQL, the embedded one or the trust's own. Intake, process and everything
// else have pools of their own, so that none starves another, and timeouts of their own.
import { Kysely, PostgresDialect } from 'kysely';
import type { Transaction } from 'kysely';
import type pg from 'pg';
import { BridgeError, asBridgeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Secret } from '../secret.ts';
import { connect, createPool } from './connection.ts';
import type { Address, PoolLimits } from './connection.ts';
import { joinEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { refuseUnsafe } from './safety.ts';
import type { Tables } from './tables.ts';

/** An open transaction (READ COMMITTED). */
export type Tx = Transaction<Tables>;

/**
 * Where a statement runs: in an open transaction, or in the store (its pool for everything else, or a named one), which
 * gives it a transaction of its own.
 */
export type Scope = Store | Kysely<Tables>;

export interface Store {
  readonly intake: Kysely<Tables>;
  readonly process: Kysely<Tables>;
  /** Deliver, HTTP, commands, reports. */
  readonly other: Kysely<Tables>;
  /** Where the database is now; an embedded one may come back elsewhere. */
  readonly address: Address;
  /** Bytes free and in all on the disk of an embedded database; undefined where the database is the trust's own. */
  freeSpace(): Promise<FreeSpace | undefined>;
  /** Ends every connection; stops an embedded database that nobody else of ours uses. */
  close(): Promise<void>;
}

interface FreeSpace {
  readonly free: number;
  readonly total: number;
}

/**
 * In milliseconds. Reports have their own, longer, limits for a statement; but no transaction may stay open and idle for
 * longer than a lease lasts, or a process that freezes would keep others from taking over what it had claimed.
 */
const limits: Readonly<Record<'intake' | 'process' | 'other', PoolLimits>> = {
  intake: { connections: 3, statement: 10_000, lock: 5_000, idleInTransaction: 12_000, longestUse: 20_000 },
  process: { connections: 8, statement: 10_000, lock: 5_000, idleInTransaction: 12_000, longestUse: 120_000 },
  other: { connections: 16, statement: 60_000, lock: 5_000, idleInTransaction: 12_000, longestUse: 300_000 },
};

interface Database {
  readonly address: Address;
  freeSpace(): Promise<FreeSpace | undefined>;
  leave(): Promise<void>;
}

/**
 * Opens the store, brings its tables up to date and checks that it is safe.
 * @param settings the address of the trust's own database (read at each connect), or the folder of an embedded one
 * @throws BridgeError `config/unsafe-database`, `config/newer-database`, `config/database-unreachable`, or for an
 *   embedded one what {@link joinEmbedded} says
 */
export async function openStore(
  settings: { readonly url: Secret } | { readonly folder: string },
  deps: { readonly log: Log },
): Promise<Store> {
  const database: Database =
    'folder' in settings
      ? await joinEmbedded(settings.folder, deps)
      : {
          address: () => ({ connectionString: settings.url() }),
          freeSpace: () => Promise.resolve(undefined),
          leave: () => Promise.resolve(),
        };
  try {
    await prepareDatabase(database.address);
  } catch (thrown) {
    await database.leave().catch(() => undefined);
    throw thrown;
  }
  const open = (name: 'intake' | 'process' | 'other'): Kysely<Tables> =>
    new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: createPool(name, limits[name], database.address, deps.log) }),
      log: [],
    });
  const [intake, process, other] = [open('intake'), open('process'), open('other')];
  let closed: Promise<void> | undefined;
  return {
    intake,
    process,
    other,
    address: database.address,
    freeSpace: () => database.freeSpace(),
    close: () =>
      (closed ??= (async () => {
        await Promise.all([intake.destroy(), process.destroy(), other.destroy()]);
        await database.leave();
      })()),
  };
}

async function prepareDatabase(address: Address): Promise<void> {
  let client: pg.Client;
  try {
    client = await connect(address, 'start');
  } catch (thrown) {
    const reason = asBridgeError(thrown).message;
    throw new BridgeError('config/database-unreachable', `the database cannot be reached: ${reason}`, {
      where: 'database',
      cause: thrown,
    });
  }
  try {
    await refuseUnsafe(client);
    await migrate(client);
  } finally {
    await client.end();
  }
}

/** What a statement of `scope` is built on. */
export function on(scope: Scope): Kysely<Tables> {
  return scope instanceof Kysely ? scope : scope.other;
}

/** Runs `work` in the transaction of `scope`, or in a new one. */
export function inTransaction<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
  return isTransaction(scope) ? work(scope) : on(scope).transaction().execute(work);
}

function isTransaction(scope: Scope): scope is Tx {
  return scope instanceof Kysely && scope.isTransaction;
}
