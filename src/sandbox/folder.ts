// The folder of a sandbox. It is emptied at each start, so it must be known to be one: only a folder that a sandbox has
// made, and marked as its own, is ever emptied.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError, errorCode } from '../errors.ts';
import { createLog } from '../log.ts';
import { openStore } from '../store/database.ts';

const marker = '.ips-bridge-sandbox';
const pid = 'sandbox.pid';

/**
 * Makes the folder, or empties that of an earlier sandbox.
 * @throws BridgeError `config/sandbox` where a sandbox runs in it, or where it holds something and is no sandbox's
 */
export async function takeFolder(folder: string): Promise<void> {
  const refuse = (message: string): BridgeError =>
    new BridgeError('config/sandbox', `${message}, or name another with --folder`, { where: folder });
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(join(folder, marker))) {
      if (readdirSync(folder).length > 0)
        throw refuse(
          'this folder is not empty and bears no mark of a sandbox, so it is not emptied: empty it yourself',
        );
      writeFileSync(join(folder, marker), 'ips-bridge sandbox empties this folder at each start.\n');
    }
  } catch (thrown) {
    if (thrown instanceof BridgeError) throw thrown;
    throw refuse(`this folder cannot be used (${errorCode(thrown) ?? 'unknown reason'})`);
  }
  const running = existsSync(join(folder, pid)) ? Number(readFileSync(join(folder, pid), 'utf8')) : undefined;
  if (running !== undefined && isAlive(running))
    throw refuse(`a sandbox is running there (process ${running}): stop it first`);
  const database = join(folder, 'postgres');
  // A sandbox that was killed has left its database running: join it, and leaving stops it.
  if (existsSync(database))
    await (await openStore({ folder: database }, { log: createLog('silent') })).close();
  for (const part of [
    'postgres',
    'config',
    'api-token',
    'worklist',
    'coverage',
    'note-in-the-record.txt',
    pid,
  ])
    rmSync(join(folder, part), { recursive: true, force: true });
  writeFileSync(join(folder, pid), String(process.pid));
}

/** Says that no sandbox runs here any more; what it made stays, to be looked at. */
export function leaveFolder(folder: string): void {
  rmSync(join(folder, pid), { force: true });
}

function isAlive(number: number): boolean {
  try {
    process.kill(number, 0);
    return number !== process.pid;
  } catch {
    return false;
  }
}
