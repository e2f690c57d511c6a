// The image without a container engine: its Dockerfile read as instructions, its build context as .dockerignore leaves
// it, and its last stage assembled in a scratch folder.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'; // prettier-ignore
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

export const repository = resolve(import.meta.dirname, '../..');

export interface Instruction {
  readonly name: string;
  /** `--from`, `--chown` … */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
  /** The words of the shell form, or the array of the exec form. */
  readonly words: readonly string[];
}

/** Dockerfile reference, "Format": comments, continued lines, flags before arguments. */
export function readDockerfile(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  return lines.flatMap((line): Instruction[] => {
    const [, name, rest = ''] = /^\s*([A-Za-z]+)\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const [flagText = ''] = /^(--\S+\s+)*/.exec(rest) ?? [];
    const body = rest.slice(flagText.length).trim();
    const flags = Object.fromEntries(
      [...flagText.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]),
    );
    return [{ name: name.toUpperCase(), flags, text: body, words: wordsOf(body) }];
  });
}

function wordsOf(body: string): string[] {
  const exec = body.startsWith('CMD ') ? body.slice(4).trim() : body;
  if (exec.startsWith('[')) return z.array(z.string()).parse(JSON.parse(exec));
  return body.split(/\s+/);
}

/** The instructions of each stage, from its FROM on. */
export function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const one of instructions) {
    if (one.name === 'FROM') stages.push([one]);
    else stages.at(-1)?.push(one);
  }
  return stages;
}

/** Every file that git knows. */
export function trackedFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached'], { cwd: repository, encoding: 'utf8' })
    .trim()
    .split('\n');
}

/** Whether .dockerignore leaves a path in the build context: the last pattern that names it, or a folder of it, says. */
export function inContext(path: string): boolean {
  const patterns = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const parts = path.split('/');
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let kept = true;
  for (const pattern of patterns) {
    const name = pattern.replace(/^!/, '').replace(/\/$/, '');
    if (name === '*' || prefixes.includes(name)) kept = pattern.startsWith('!');
  }
  return kept;
}

/** What the context holds of one COPY source. */
export function contextFiles(source: string): string[] {
  return trackedFiles().filter(
    (file) => (file === source || file.startsWith(`${source}/`)) && inContext(file),
  );
}

const lockFile = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

/** Names of the packages that `npm ci --omit=dev` installs at the top, as far as they are for this machine. */
export function productionPackages(): string[] {
  const { packages } = lockFile.parse(
    JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')),
  );
  return Object.entries(packages)
    .filter(([path, { dev }]) => dev !== true && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => existsSync(join(repository, 'node_modules', name)));
}

/** Carries out the COPY lines of the last stage: files of the context, and the packages of the stage before. */
export function assemble(stage: readonly Instruction[], folder: string): void {
  for (const { name, flags, words } of stage) {
    if (name !== 'COPY') continue;
    const [target = '.', ...reversed] = words.toReversed();
    for (const source of reversed) {
      if (flags['from'] !== undefined) {
        for (const one of productionPackages()) {
          linkTree(join(repository, 'node_modules', one), join(folder, target, one));
        }
        continue;
      }
      for (const file of contextFiles(source)) {
        const place = join(folder, target, target.endsWith('/') ? file : file.slice(source.length));
        mkdirSync(dirname(place), { recursive: true });
        copyFileSync(join(repository, file), place);
      }
    }
  }
}

/** The same files under another path, so that Node resolves from there; copies where links cannot reach. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else {
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
    }
  }
}

/** Takes away every right to write: of all folders, and of the files outside node_modules (those are shared). */
export function makeReadOnly(folder: string, shared = false): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadOnly(path, shared || entry.name === 'node_modules');
    else if (entry.isFile() && !shared) chmodSync(path, 0o444);
  }
  chmodSync(folder, 0o555);
}

/** Gives the owner back what is needed to delete it. */
export function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
}

/** Path, size and time of change of everything below a folder. */
export function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { size, mtimeMs, mode } = lstatSync(join(folder, path));
      return `${path} ${size} ${mtimeMs} ${mode}`;
    })
    .sort();
}
