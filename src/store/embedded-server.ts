// One PostgreSQL server on one data folder, by its own programs: make the cluster, start, stop, find. Everything here
// runs under the folder's lock. Programs are started inside the data folder and name it relatively, so that no path
// is ever quoted for a shell.
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../errors.ts';
import type { Account } from './embedded-binaries.ts';
import { run } from './embedded-binaries.ts';

export interface Cluster {
  /** The folder that the trust named. */
  readonly folder: string;
  readonly account: Account;
  readonly program: (name: 'initdb' | 'pg_ctl') => string;
}

const clusterUser = 'ips_bridge';
const dataFolder = (cluster: Cluster): string => join(cluster.folder, 'data');
const passwordFile = (cluster: Cluster): string => join(cluster.folder, 'password');
const where = 'database.embedded.folder';
/** sun_path holds 104 bytes on macOS, 108 on Linux. */
const longestSocketPath = 100;
const nobody = 65_534;

/** The account for the server: PostgreSQL refuses root, so root hands it to `nobody`, and creates no account. */
export function serverAccount(): Account {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
}

/**
 * How the server names its data folder: by `.`; or, where its account may not pass the folders above (a clone below
 * /root), by the kernel's own link to the folder that it was started in, which needs no passage.
 */
async function dataArgument(cluster: Cluster): Promise<string> {
  if (cluster.account.uid === undefined) return '.';
  for (let folder = cluster.folder; folder !== dirname(folder); folder = dirname(folder)) {
    const found = await stat(folder);
    if ((found.mode & 0o001) !== 0 || found.uid === cluster.account.uid) continue;
    if (process.platform === 'linux') return '/proc/self/cwd';
    throw new BridgeError(
      'config/database-folder',
      `the database runs as an unprivileged user, who may not enter ${folder}: name a folder elsewhere, or set DATABASE_URL`,
      { where },
    );
  }
  return '.';
}

async function give(path: string, account: Account): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
}

/** Makes the cluster where there is none: beside it, then renamed, so that a half-made one is never found. */
export async function createCluster(cluster: Cluster): Promise<void> {
  for (const name of await readdir(cluster.folder)) {
    if (name.startsWith('data.new-')) await rm(join(cluster.folder, name), { recursive: true, force: true });
  }
  if ((await stat(join(dataFolder(cluster), 'PG_VERSION')).catch(() => undefined)) !== undefined) return;
  const suffix = randomBytes(6).toString('hex');
  const fresh = join(cluster.folder, `data.new-${suffix}`);
  const aside = await mkdtemp(join(tmpdir(), 'ips-bridge-'));
  const secret = join(aside, 'password');
  const password = randomBytes(24).toString('base64url');
  try {
    await mkdir(fresh, { mode: 0o700 });
    await give(fresh, cluster.account);
    await writeFile(secret, password, { mode: 0o600, flag: 'wx' });
    await give(secret, cluster.account);
    await give(aside, cluster.account);
    const made = await run(
      cluster.program('initdb'),
      [
        '-D', await dataArgument(cluster), `--username=${clusterUser}`, `--pwfile=${secret}`,
        '--auth=scram-sha-256', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
        '--locale=C', '--data-checksums', '--no-instructions',
      ], // prettier-ignore
      fresh,
      cluster.account,
    );
    if (made.code !== 0) throw failedInit(made.output, cluster.account);
    await writeFile(join(fresh, 'postgresql.conf'), "\ninclude_if_exists = 'bridge.conf'\n", { flag: 'a' });
    await writeFile(`${passwordFile(cluster)}.new`, password, { mode: 0o600 });
    await rename(`${passwordFile(cluster)}.new`, passwordFile(cluster));
    await rename(fresh, dataFolder(cluster));
    await flush(cluster.folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

function failedInit(output: string, account: Account): BridgeError {
  if (/could not look up effective user ID/.test(output)) {
    const uid = account.uid ?? process.getuid?.() ?? 'unknown';
    return new BridgeError(
      'config/no-os-user',
      `the embedded database cannot be made by user ${uid}, who has no entry in /etc/passwd: add one, or set DATABASE_URL`,
      { where: 'database' },
    );
  }
  const last = output.trim().split('\n').at(-1) ?? '';
  return new BridgeError('config/database-folder', `the embedded database cannot be made: ${last}`, {
    where,
  });
}

/** A renamed folder is on disk only when the folder above it is. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

interface Running extends ServerAddress {
  readonly pid: number;
  /** A folder for the socket outside the data folder, ours to remove. */
  readonly socketFolder: string | undefined;
}

/** What the server's own pid file says: alive or left over. */
export async function recordedServer(cluster: Cluster): Promise<Running | undefined> {
  const text = await readFile(join(dataFolder(cluster), 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid = '', , , port = '', socket = '', host = ''] = text.split('\n').map((line) => line.trim());
  if (port === '') return undefined;
  const elsewhere = isAbsolute(socket) && !socket.startsWith('/proc/') ? socket : undefined;
  return {
    pid: Number(pid),
    host: process.platform === 'win32' ? host : (elsewhere ?? dataFolder(cluster)),
    port: Number(port),
    user: clusterUser,
    password: (await readFile(passwordFile(cluster), 'utf8')).trim(),
    socketFolder: elsewhere,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Written anew at each start: a socket that only this user reaches (loopback on Windows), no data in server logs. */
async function writeSettings(cluster: Cluster, dataAs: string): Promise<void> {
  const lines = [
    'fsync = on',
    'full_page_writes = on',
    'synchronous_commit = on',
    'max_connections = 200',
    'unix_socket_permissions = 0700',
    'log_checkpoints = off',
    "log_statement = 'none'",
    "log_error_verbosity = 'terse'",
    "log_min_error_statement = 'panic'",
    'log_parameter_max_length = 0',
    'log_parameter_max_length_on_error = 0',
    'log_min_duration_statement = -1',
  ];
  if (process.platform === 'win32') {
    lines.push(
      "listen_addresses = '127.0.0.1'",
      `port = ${await freePort()}`,
      "unix_socket_directories = ''",
    );
  } else {
    lines.push("listen_addresses = ''", 'port = 5432');
    lines.push(`unix_socket_directories = '${(await socketFolder(cluster, dataAs)).replaceAll("'", "''")}'`);
  }
  await writeFile(join(dataFolder(cluster), 'bridge.conf'), `${lines.join('\n')}\n`, { mode: 0o644 });
}

async function socketFolder(cluster: Cluster, dataAs: string): Promise<string> {
  const here = join(dataFolder(cluster), '.s.PGSQL.5432');
  if (Buffer.byteLength(here) <= longestSocketPath) return dataAs;
  const folder = await mkdtemp(join(tmpdir(), 'ips-bridge-'));
  await chmod(folder, 0o700);
  await give(folder, cluster.account);
  return folder;
}

/** Above every process number that Linux gives (pid_max is at most 2^22). */
const nobodysPid = '4194305';

/**
 * A pid file left by a kill -9 may name a process that is no PostgreSQL (numbers start again in a new container), or
 * one that is dead and that nobody has collected; the server would then refuse to start. The number is replaced and
 * the file kept, because the server also finds in it the shared memory that children of the old one may still use.
 */
async function correctPidFile(cluster: Cluster): Promise<void> {
  const left = await recordedServer(cluster);
  if (left === undefined) return;
  if (left.socketFolder !== undefined) await rm(left.socketFolder, { recursive: true, force: true });
  if (process.platform !== 'linux') return;
  const status = await readFile(`/proc/${left.pid}/status`, 'utf8').catch(() => undefined);
  if (status === undefined) return;
  if (/^Name:\s*postgres$/m.test(status) && !/^State:\s*[ZX]/m.test(status)) return;
  const file = join(dataFolder(cluster), 'postmaster.pid');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^\d+/, nobodysPid));
}

/**
 * Starts the server and waits until it answers or says why not; after a crash it first repairs itself from its log.
 * @throws BridgeError `config/database-start`
 */
export async function startServer(cluster: Cluster): Promise<void> {
  await correctPidFile(cluster);
  const dataAs = await dataArgument(cluster);
  await writeSettings(cluster, dataAs);
  const log = join(dataFolder(cluster), 'server.log');
  await rename(log, `${log}.old`).catch(() => undefined);
  let last = '';
  // Children of a killed server hold its shared memory for a moment.
  for (let attempt = 1; attempt <= 200; attempt += 1) {
    await rm(log, { force: true });
    const args = ['-D', dataAs, '-w', '-t', '60', '-s', '-l', `${dataAs}/server.log`, 'start'];
    const started = await run(cluster.program('pg_ctl'), args, dataFolder(cluster), cluster.account);
    if (started.code === 0) return;
    last = `${started.output}\n${await readFile(log, 'utf8').catch(() => '')}`;
    if (/did not start in time/.test(last)) return;
    if (!/pre-existing shared memory|lock file "[^"]*" already exists/.test(last)) break;
    await sleep(150);
  }
  const reason = /(?:FATAL|PANIC):\s*(.*)/.exec(last)?.[1] ?? last.trim().split('\n').at(-1) ?? '';
  throw new BridgeError(
    'config/database-start',
    `the embedded database does not start: ${reason}; see ${log}`,
    { where },
  );
}

/** Stops the server at once and cleanly: open transactions are undone, everything is on disk. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const running = await recordedServer(cluster);
  const args = ['-D', await dataArgument(cluster), '-w', '-t', '60', '-s', '-m', 'fast', 'stop'];
  await run(cluster.program('pg_ctl'), args, dataFolder(cluster), cluster.account);
  if (running?.socketFolder !== undefined) await rm(running.socketFolder, { recursive: true, force: true });
}
