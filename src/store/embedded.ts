// The embedded PostgreSQL as the store sees it: joined where it runs, started where it does not, started again when it
// dies, stopped by the last of our processes to leave, whoever started it. Each process is counted by one session of
// its own, which also tells at once when the server goes.
import { access, constants, mkdir, realpath, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { BridgeError, errorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { connect } from './connection.ts';
import type { Address } from './connection.ts';
import { installedBinaries, usableBinaries } from './embedded-binaries.ts';
import { createCluster, recordedServer, serverAccount, startServer, stopServer } from './embedded-server.ts';
import type { Cluster, ServerAddress } from './embedded-server.ts';
import { withFolderLock } from './folder-lock.ts';

export interface Embedded {
  readonly address: Address;
  /** Resolves when the server answers again; starts it if need be. */
  ensureRunning(): Promise<void>;
  freeSpace(): Promise<{ readonly free: number; readonly total: number }>;
  /** Ends this process's part, and the server if nobody else of ours is there. */
  leave(): Promise<void>;
}

const databaseName = 'ips_bridge';
const presence = 'presence';
/** Crash recovery answers "starting up" until it is done; it is waited for, with a word in the log. */
const recoveryMs = 600_000;

/** Bytes free for this user, and in all, on the disk of `folder`. */
async function freeBytes(folder: string): Promise<{ readonly free: number; readonly total: number }> {
  const disk = await statfs(folder);
  return { free: disk.bavail * disk.bsize, total: disk.blocks * disk.bsize };
}

/**
 * Joins or starts the server of `folder`, which is made where it is missing.
 * @throws BridgeError `config/no-embedded-database`, `config/no-os-user`, `config/database-folder`,
 *   `config/database-start`
 */
export async function joinEmbedded(path: string, deps: { readonly log: Log }): Promise<Embedded> {
  const account = serverAccount();
  const folder = await prepareFolder(path, account.uid !== undefined);
  const session = await withFolderLock(folder, async () => {
    const cluster: Cluster = {
      folder,
      account,
      program: await usableBinaries(folder, account, await installedBinaries()),
    };
    await createCluster(cluster);
    const joined = await joinOrStart(cluster, deps.log);
    await createDatabase(joined.client);
    return { cluster, ...joined };
  });
  const { cluster } = session;
  let { client, address } = session;
  let leaving = false;
  let alive = true;
  let reviving: Promise<void> | undefined;

  const revive = async (): Promise<void> => {
    while (!leaving) {
      try {
        await withFolderLock(folder, async () => {
          if (leaving) return;
          ({ client, address } = await joinOrStart(cluster, deps.log));
          alive = true;
          watch();
        });
        deps.log.info('database-back');
        return;
      } catch (thrown) {
        deps.log.error('database-not-back', { path: folder }, thrown);
        await sleep(1_000);
      }
    }
  };
  const ensureRunning = (): Promise<void> =>
    alive || leaving ? Promise.resolve() : (reviving ??= revive().finally(() => (reviving = undefined)));
  const watch = (): void => {
    const watched = client;
    watched.once('end', () => {
      if (leaving || watched !== client) return;
      alive = false;
      deps.log.error('database-gone', { path: folder });
      void ensureRunning();
    });
  };
  watch();

  return {
    address: () => ({ ...address, database: databaseName }),
    ensureRunning,
    freeSpace: () => freeBytes(folder),
    leave: async () => {
      if (leaving) return;
      leaving = true;
      await reviving;
      await withFolderLock(folder, async () => {
        await client.end().catch(() => undefined);
        const last = await tryJoin(cluster).catch(() => 'absent' as const);
        if (typeof last === 'string') return;
        const others = await othersPresent(last.client);
        await last.client.end().catch(() => undefined);
        if (others === 0) await stopServer(cluster);
      });
    },
  };
}

async function prepareFolder(path: string, serverIsOther: boolean): Promise<string> {
  try {
    // Another account passes through to the data below, and reads nothing here.
    await mkdir(path, { recursive: true, mode: serverIsOther ? 0o711 : 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(path);
  } catch (thrown) {
    const code = errorCode(thrown) ?? 'unknown';
    const why =
      code === 'EACCES' || code === 'EPERM'
        ? `is not this account's (${code}): run every command as the account that serves`
        : `cannot be used (${code})`;
    throw new BridgeError('config/database-folder', `the database folder ${path} ${why}`, {
      where: 'database.embedded.folder',
      cause: thrown,
    });
  }
}

interface Joined {
  readonly client: pg.Client;
  readonly address: ServerAddress;
}

async function joinOrStart(cluster: Cluster, log: Log): Promise<Joined> {
  const deadline = Date.now() + recoveryMs;
  let told = 0;
  for (let starts = 0; ;) {
    const answer = await tryJoin(cluster);
    if (typeof answer === 'object') return answer;
    if (answer === 'busy' && Date.now() < deadline) {
      if (Date.now() - told > 10_000) log.info('database-recovering', { path: cluster.folder });
      told = Date.now();
      await sleep(100);
      continue;
    }
    if (starts === 3 || answer === 'busy') {
      throw new BridgeError('config/database-start', 'the embedded database started and does not answer', {
        where: 'database.embedded.folder',
      });
    }
    starts += 1;
    await startServer(cluster);
  }
}

async function tryJoin(cluster: Cluster): Promise<Joined | 'absent' | 'busy'> {
  const running = await recordedServer(cluster);
  if (running === undefined) return 'absent';
  const { host, port, user, password } = running;
  const address = { host, port, user, password };
  try {
    return { address, client: await connect(() => ({ ...address, database: 'postgres' }), presence) };
  } catch (thrown) {
    const code = errorCode(thrown);
    // Starting up or shutting down; or every connection is taken.
    if (code === '57P03' || code === '53300') return 'busy';
    if (code === '28P01') {
      throw new BridgeError(
        'config/database-folder',
        `the file "password" in ${cluster.folder} does not fit the database there`,
        { where: 'database.embedded.folder', cause: thrown },
      );
    }
    return 'absent';
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
  if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
}

/** How many other processes of ours are at the server; undefined where it went in between. */
async function othersPresent(client: pg.Client): Promise<number | undefined> {
  try {
    const found = await client.query<{ others: number }>(
      'select count(*)::int as others from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
      [`ips-bridge ${presence}`],
    );
    return found.rows[0]?.others;
  } catch {
    return undefined;
  }
}
