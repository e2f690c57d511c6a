// A sandbox empties its folder at each start: only one that it has made itself.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveFolder, takeFolder } from '../../src/sandbox/folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-sandbox-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writeConfig = (below: string): string => {
  mkdirSync(join(below, 'config'), { recursive: true });
  const file = join(below, 'config/default.yaml');
  writeFileSync(file, 'trust: RZZ\n');
  return file;
};

describe('the folder of a sandbox', () => {
  it('one of somebody else is refused, and nothing in it is touched', async () => {
    const theirs = writeConfig(folder);
    mkdirSync(join(folder, 'postgres'));
    await expect(takeFolder(folder)).rejects.toMatchObject({ kind: 'config/sandbox', where: folder });
    expect(readFileSync(theirs, 'utf8')).toBe('trust: RZZ\n');
    expect(existsSync(join(folder, 'postgres'))).toBe(true);
  });

  it('a new one, an empty one and its own are taken, and its own is emptied', async () => {
    const made = join(folder, 'new');
    await takeFolder(made);
    const own = writeConfig(made);
    leaveFolder(made);
    await takeFolder(made);
    expect(existsSync(own)).toBe(false);
    mkdirSync(join(folder, 'empty'));
    await takeFolder(join(folder, 'empty'));
  });

  it('one in which a sandbox runs is refused', async () => {
    await takeFolder(folder);
    writeFileSync(join(folder, 'sandbox.pid'), String(process.ppid));
    await expect(takeFolder(folder)).rejects.toMatchObject({ kind: 'config/sandbox' });
  });
});
