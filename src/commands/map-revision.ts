// The other mapping set of `map diff`: a folder, or the same folder at a git revision, unpacked for as long as it is read.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BridgeError, errorCode } from '../errors.ts';

const execute = promisify(execFile);

/**
 * Runs `work` with the folder of the other set.
 * @param against a folder of mappings, or a revision of the clone that holds `mappings`
 * @throws BridgeError field/against where it is neither
 */
export async function withOtherSet<T>(
  against: string,
  mappings: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  if (existsSync(against)) return work(against);
  const unpacked = mkdtempSync(join(tmpdir(), 'ips-bridge-mappings-'));
  try {
    // `HEAD:./` is this folder at that revision, wherever in the clone it stands.
    const tree = await git(mappings, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${against}:./`], against);
    const archive = join(unpacked, 'mappings.tar');
    // From the top of the clone: a tree of a subfolder cannot be archived from within that folder.
    const top = (await git(mappings, ['rev-parse', '--show-toplevel'], against)).trim();
    await git(top, ['archive', '--format=tar', `--output=${archive}`, tree.trim()], against);
    await execute('tar', ['-xf', archive, '-C', unpacked]).catch((cause: unknown) => {
      throw new BridgeError('field/against', 'the mappings of this revision cannot be unpacked: tar failed', { where: against, cause });
    });
    return await work(unpacked);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
} // prettier-ignore

async function git(folder: string, args: readonly string[], against: string): Promise<string> {
  try {
    const { stdout } = await execute('git', ['-C', folder, ...args], { maxBuffer: 1024 * 1024 });
    return stdout;
  } catch (cause) {
    const message =
      errorCode(cause) === 'ENOENT'
        ? 'there is no such folder, and git is not there to look for a revision of that name'
        : 'name a folder, or a revision where the mappings stand in a git clone: there is no such folder, and no such revision';
    throw new BridgeError('field/against', message, { where: against, cause });
  }
}
