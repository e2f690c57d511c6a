// The folder of worklists on a real file system (R35): names, links, pipes, folders that are not there, and that nobody
// ever reads half a file.
import { execFileSync } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  readWorklist,
  worklistName,
  writeWorklist,
  writingFault,
} from '../../src/outbound/worklist-folder.ts';

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ips-bridge-worklists-'));
  folder = join(root, 'lists');
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const name = 'CMHT-N.csv';

describe('the name of a file', () => {
  it('is the team id where that is safe', () => {
    expect(['CMHT-N', 'EIP', 'A06_1'].map(worklistName)).toEqual(['CMHT-N.csv', 'EIP.csv', 'A06_1.csv']);
  });

  it.each(['../../etc/passwd', '..', '/etc/passwd', 'C:\\x', 'a/b', 'CON', 'a\0b', '', '.hidden', 'É'])(
    'R35 of team %j stays in the folder',
    (team) => {
      const file = worklistName(team);
      expect(file).toMatch(/^[A-Za-z0-9_-]*~[0-9a-f]{16}\.csv$/);
      expect(join(folder, file).startsWith(`${folder}/`)).toBe(true);
    },
  );

  it('R35 is never that of another team, not even where capital and small letters are the same', () => {
    const team = fc.oneof(fc.string(), fc.constantFrom('CMHT', 'cmht', 'Cmht', 'CM HT', 'CM/HT', 'CM_HT'));
    fc.assert(
      fc.property(team, team, (one, other) => {
        fc.pre(one !== other);
        expect(worklistName(one).toLowerCase()).not.toBe(worklistName(other).toLowerCase());
      }),
    );
  });
});

describe('writing a worklist', () => {
  it('puts the whole file there, for the group to read and nobody else, and leaves nothing beside it', async () => {
    const mask = process.umask(0o077);
    try {
      expect(await writeWorklist(folder, name, 'one')).toEqual({ outcome: 'written' });
      expect(await writeWorklist(folder, name, 'two')).toEqual({ outcome: 'written' });
    } finally {
      process.umask(mask);
    }
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('two');
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o640);
    expect(await readWorklist(folder, name)).toEqual({ outcome: 'text', text: 'two' });
  });

  it.each([
    ['a symbolic link', (path: string, target: string) => symlinkSync(target, path)],
    ['a link that leads nowhere', (path: string) => symlinkSync(join(path, 'x'), path)],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('R35 neither follows nor replaces %s in its place', async (_what, put) => {
    const target = join(root, 'target');
    writeFileSync(target, 'somebody else’s');
    put(join(folder, name), target);
    expect(await writeWorklist(folder, name, 'text')).toEqual({ outcome: 'not-ours' });
    expect(await readWorklist(folder, name)).toEqual({ outcome: 'not-ours' });
    expect(readFileSync(target, 'utf8')).toBe('somebody else’s');
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('R35 nobody ever reads half a file', async () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(2_000_000));
    await writeWorklist(folder, name, texts[0] ?? '');
    const reader = new AbortController();
    const seen = new Set<string>();
    const reading = (async () => {
      while (!reader.signal.aborted) {
        const text = await readFile(join(folder, name), 'utf8');
        seen.add(`${text.length}${text[0]}${text.at(-1)}`);
      }
    })();
    for (let turn = 0; turn < 20; turn += 1) await writeWorklist(folder, name, texts[turn % 2] ?? '');
    reader.abort();
    await reading;
    expect([...seen].filter((each) => each !== '2000000aa' && each !== '2000000bb')).toEqual([]);
  });

  it('clears away what a writer that died has left, and nothing that is at work or not ours', async () => {
    const [old, young, other] = ['.CMHT-N.csv.0123456789ab.ips-bridge', '.EIP.csv.ba9876543210.ips-bridge', '.notes'].map((each) => join(folder, each)); // prettier-ignore
    for (const path of [old, young, other]) writeFileSync(path ?? '', 'half');
    for (const path of [old, other]) utimesSync(path ?? '', new Date(0), new Date(0));
    await writeWorklist(folder, name, 'text');
    expect([old, young, other].map((path) => existsSync(path ?? ''))).toEqual([false, true, true]);
  });

  it('fails, and says why, where the folder is not there, is a link or is none', async () => {
    const link = join(root, 'link');
    symlinkSync(folder, link);
    const file = join(root, 'file');
    writeFileSync(file, '');
    for (const [place, why] of [
      [join(root, 'gone'), 'cannot be reached (ENOENT)'],
      [link, 'symbolic link'],
      [file, 'something else than a folder'],
    ] as const) {
      const message = expect.stringContaining(why);
      expect(await writeWorklist(place, name, 'text')).toEqual({
        outcome: 'failed',
        message,
        inPlace: false,
      });
      expect(await writingFault(place)).toEqual(message);
    }
    expect(await writingFault(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});
