// The folder of worklists (R35): a file is written beside its place, flushed, and put there by a rename, so that nobody
// ever sees half of one; what is no plain file is neither followed nor replaced.
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';

/** Readable for the owner and the group of the folder, for nobody else. */
const fileMode = 0o640;
/** Longer than any send: what was left by a writer that died. */
const leftoverAfterMs = 60_000;
/** A worklist is some hundred lines; anything larger is not ours. */
const longestFile = 64 * 1024 * 1024;

/** What stands in the way of a folder of worklists, in words; undefined where nothing does. */
async function folderFault(folder: string): Promise<string | undefined> {
  try {
    const found = await lstat(folder);
    if (found.isSymbolicLink()) return 'the folder is a symbolic link: name the folder itself';
    return found.isDirectory() ? undefined : 'there is something else than a folder';
  } catch (thrown) {
    return `the folder cannot be reached (${errorCode(thrown) ?? 'unknown reason'})`;
  }
}

/** As `folderFault`, and whether a file can be written there. */
export async function writingFault(folder: string): Promise<string | undefined> {
  const fault = await folderFault(folder);
  if (fault !== undefined) return fault;
  const trial = temporaryIn(folder, 'check');
  try {
    await (await open(trial, 'wx', fileMode)).close();
    await rm(trial);
    return undefined;
  } catch (thrown) {
    return `nothing can be written there (${errorCode(thrown) ?? 'unknown reason'})`;
  }
}

const windowsDevices = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * The file of a team: `<team id>.csv` where the id is made of capital letters, digits, `-` and `_`; otherwise what is
 * left of it and a part of its SHA-256, after a `~` that the first kind never has. Two ids never share a file, not even
 * where capital and small letters are the same.
 */
export function worklistName(team: string): string {
  if (/^[A-Z0-9][A-Z0-9_-]{0,59}$/.test(team) && !windowsDevices.test(team)) return `${team}.csv`;
  const rest = team.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
  return `${rest}~${createHash('sha256').update(team).digest('hex').slice(0, 16)}.csv`;
}

export type Content =
  | { readonly outcome: 'text'; readonly text: string }
  | { readonly outcome: 'absent' }
  /** A link, a pipe, a folder, or far too large. */
  | { readonly outcome: 'not-ours' }
  | { readonly outcome: 'failed'; readonly code: string };

export async function readWorklist(folder: string, name: string): Promise<Content> {
  const path = join(folder, name);
  try {
    if (!(await lstat(path)).isFile()) return { outcome: 'not-ours' };
    // Should it be replaced in between: a link is not followed, and a pipe does not block.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      if (size > longestFile) return { outcome: 'not-ours' };
      return { outcome: 'text', text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const code = errorCode(thrown) ?? 'unknown reason';
    if (code === 'ENOENT' && (await folderFault(folder)) === undefined) return { outcome: 'absent' };
    return code === 'ELOOP' ? { outcome: 'not-ours' } : { outcome: 'failed', code };
  }
}

export type Written =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'not-ours' }
  /** `inPlace`: the new file may stand there already. */
  | { readonly outcome: 'failed'; readonly message: string; readonly inPlace: boolean };

/** Puts a whole file in place of the one before. */
export async function writeWorklist(folder: string, name: string, text: string): Promise<Written> {
  const fault = await folderFault(folder);
  if (fault !== undefined) return { outcome: 'failed', message: fault, inPlace: false };
  const path = join(folder, name);
  const temporary = temporaryIn(folder, name);
  let inPlace = false;
  try {
    const before = await lstat(path).catch(() => undefined);
    if (before !== undefined && !before.isFile()) return { outcome: 'not-ours' };
    await sweepLeftovers(folder);
    const file = await open(temporary, 'wx', fileMode);
    try {
      await file.chmod(fileMode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    inPlace = true;
    await flushFolder(folder);
    return { outcome: 'written' };
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const message = `the file cannot be written (${errorCode(thrown) ?? 'unknown reason'})`;
    return { outcome: 'failed', message, inPlace };
  }
}

/** A name of its own beside the file, which no reader of `*.csv` takes for a list. */
function temporaryIn(folder: string, name: string): string {
  return join(folder, `.${name}.${randomBytes(6).toString('hex')}.ips-bridge`);
}

async function sweepLeftovers(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => /^\..*\.[0-9a-f]{12}\.ips-bridge$/.test(name));
  for (const name of left) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() === true && Date.now() - found.mtimeMs > leftoverAfterMs)
      await rm(path, { force: true });
  }
}

/** The rename itself outlives a power cut only once the folder is flushed. Windows flushes no folders. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync().finally(() => handle.close());
}
