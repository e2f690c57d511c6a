// A lock on a folder, between processes. It is SQLite's lock on an empty file, because Node itself has no flock: the
// operating system frees it with the process, also after kill -9, so nothing ever has to guess whether a lock file is
// stale. Works the same on Linux, macOS and Windows; local disks only.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../errors.ts';

/** Longer than a first start on a slow disk takes. */
const patienceMs = 180_000;
const busy = 5;

function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('begin exclusive');
    return database;
  } catch (thrown) {
    database.close();
    if (thrown instanceof Error && 'errcode' in thrown && thrown.errcode === busy) return undefined;
    throw thrown;
  }
}

/**
 * Runs `work` while no other process, and no other caller in this one, holds the lock of `folder`.
 * @throws BridgeError `config/database-folder` where no lock can be had
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let held: DatabaseSync | undefined;
  for (;;) {
    try {
      held = tryLock(join(folder, 'lock'));
    } catch (thrown) {
      throw new BridgeError('config/database-folder', `the database folder ${folder} cannot be locked`, {
        where: 'database.embedded.folder',
        cause: thrown,
      });
    }
    if (held !== undefined) break;
    if (Date.now() > deadline) {
      throw new BridgeError(
        'config/database-folder',
        `another process has been starting or stopping the database in ${folder} for ${patienceMs / 1_000} s`,
        { where: 'database.embedded.folder' },
      );
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    held.close();
  }
}
