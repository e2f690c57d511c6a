import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/store/database.ts';
import { joinEmbedded } from '../../src/store/embedded.ts';
import { installedBinaries, usableBinaries } from '../../src/store/embedded-binaries.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { inboxDepth } from '../support/inbox-depth.ts';
import { message } from '../support/messages.ts';

const log = createLog('silent');
const script = join(import.meta.dirname, '..', 'support', 'store-process.ts');
const asRoot = process.getuid?.() === 0;
const folders: string[] = [];

async function newFolder(parent = tmpdir(), mode = 0o711): Promise<string> {
  const folder = await mkdtemp(join(parent, 'ips-bridge-embedded-'));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

const serverPid = async (folder: string): Promise<number> =>
  Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
const running = (folder: string): Promise<boolean> => stat(join(folder, 'data', 'postmaster.pid')).then(() => true, () => false); // prettier-ignore

interface OtherProcess {
  readonly child: ChildProcess;
  readonly said: Promise<string>;
  readonly ended: Promise<number | null>;
}

/** A process of its own that opens the store, says so, and closes it when its standard input ends. */
function otherProcess(folder: string, account: { uid?: number; gid?: number } = {}): OtherProcess {
  const child = spawn(process.execPath, [script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    ...account,
  });
  let text = '';
  const said = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
    child.on('close', () => resolve(text.trim()));
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, said, ended };
}

function reachable(uid: number): boolean {
  const look = `require('node:fs').accessSync(${JSON.stringify(script)})`;
  return spawnSync(process.execPath, ['-e', look], { uid, gid: uid, cwd: '/' }).status === 0;
}

/** The programs as npm leaves them with --ignore-scripts. */
async function copyWithoutLinks(to: string): Promise<void> {
  const { folder } = await installedBinaries();
  await cp(folder, to, { recursive: true, filter: async (path) => !(await lstat(path)).isSymbolicLink() });
}

describe('embedded database', () => {
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it('two processes that start at once on a new folder share one server, and the last to leave stops it', async () => {
    const folder = await newFolder();
    const both = [otherProcess(folder), otherProcess(folder)];
    expect(await Promise.all(both.map(({ said }) => said))).toEqual(['open 0', 'open 0']);
    const pid = await serverPid(folder);
    both[0]!.child.stdin?.end();
    expect(await both[0]!.ended).toBe(0);
    expect(await serverPid(folder)).toBe(pid);
    both[1]!.child.stdin?.end();
    expect(await both[1]!.ended).toBe(0);
    expect(await running(folder)).toBe(false);
    expect((await readdir(folder)).sort()).toEqual(['data', 'lock', 'password']);
  });

  it('a process that is killed leaves a server that the next one joins and stops', async () => {
    const folder = await newFolder();
    const killed = otherProcess(folder);
    await killed.said;
    const pid = await serverPid(folder);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const store = await openStore({ folder }, { log });
    expect(await serverPid(folder)).toBe(pid);
    expect((await store.freeSpace())?.free).toBeGreaterThan(0);
    await store.close();
    expect(await running(folder)).toBe(false);
  });

  it('R2 a server that is killed is started again under us and has lost nothing', async () => {
    const folder = await newFolder();
    const store = await openStore({ folder }, { log });
    await insertArrivals(store, [message('kept')]);
    const pid = await serverPid(folder);
    process.kill(pid, 'SIGKILL');
    let depth: number | undefined;
    for (let tries = 0; depth === undefined && tries < 200; tries += 1) {
      depth = await inboxDepth(store).catch(() => undefined);
      if (depth === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(depth).toBe(1);
    expect(await serverPid(folder)).not.toBe(pid);
    await store.close();
  });

  it('a server that died with us is started again from what is on its disk', async () => {
    const folder = await newFolder();
    const other = otherProcess(folder);
    await other.said;
    other.child.kill('SIGKILL');
    process.kill(await serverPid(folder), 'SIGKILL');
    const joined = await joinEmbedded(folder, { log });
    await joined.ensureRunning();
    await joined.leave();
    expect(await running(folder)).toBe(false);
  });

  it('a folder whose path is too long for a socket, or has odd characters, works as well', async () => {
    const folder = join(await newFolder(), `it's "$HOME" \`odd\` ${'long'.repeat(20)}`);
    const joined = await joinEmbedded(folder, { log });
    const { host = '' } = joined.address();
    expect(host.startsWith(folder)).toBe(false);
    await joined.leave();
    await expect(stat(host)).rejects.toThrow();
  });

  it('a folder that cannot be made is told as such', async () => {
    await expect(joinEmbedded('/dev/null/folder', { log })).rejects.toMatchObject({
      kind: 'config/database-folder',
    });
  });

  it('programs installed without install scripts get their missing links', async () => {
    const native = join(await newFolder(), 'native');
    await copyWithoutLinks(native);
    const program = await usableBinaries(await newFolder(), {}, { folder: native, version: '0' });
    expect(program('initdb').startsWith(native)).toBe(true);
  });

  (asRoot ? describe : describe.skip)('as root', () => {
    it('the server runs as an unprivileged user and nobody else can enter its data', async () => {
      const folder = await newFolder();
      const joined = await joinEmbedded(folder, { log });
      expect((await stat(`/proc/${await serverPid(folder)}`)).uid).toBe(65_534);
      expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
      expect(await stat(join(folder, 'password'))).toMatchObject({ uid: 0 });
      expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
      await joined.leave();
    });

    it('a folder below one that the unprivileged user may not enter works', async () => {
      const closed = await newFolder('/root', 0o700);
      const joined = await joinEmbedded(join(closed, 'below'), { log });
      await joined.leave();
    });

    it('programs that the unprivileged user cannot reach are copied beside the data, once', async () => {
      const native = join(await newFolder(tmpdir(), 0o700), 'native');
      await copyWithoutLinks(native);
      const folder = await newFolder();
      const account = { uid: 65_534, gid: 65_534 };
      const program = await usableBinaries(folder, account, { folder: native, version: '0' });
      expect(program('initdb').startsWith(join(folder, 'bin', '0'))).toBe(true);
      const { ino } = await stat(program('initdb'));
      await usableBinaries(folder, account, { folder: native, version: '0' });
      expect((await stat(program('initdb'))).ino).toBe(ino);
    });
  });

  // The other user must be able to read this very clone.
  (asRoot && reachable(65_534) ? describe : describe.skip)('as another user', () => {
    it('an ordinary user has a folder of their own', async () => {
      const folder = await newFolder();
      await chown(folder, 65_534, 65_534);
      const other = otherProcess(join(folder, 'own'), { uid: 65_534, gid: 65_534 });
      expect(await other.said).toBe('open 0');
      other.child.stdin?.end();
      expect(await other.ended).toBe(0);
    });

    it('a user without an entry in the passwd file is told to set DATABASE_URL', async () => {
      const folder = await newFolder();
      await mkdir(join(folder, 'own'));
      await chown(join(folder, 'own'), 54_321, 54_321);
      const other = otherProcess(join(folder, 'own'), { uid: 54_321, gid: 54_321 });
      expect(await other.said).toMatch(/^config\/no-os-user .*54321.*DATABASE_URL/);
      await other.ended;
    });
  });
});
