// The architecture rule of docs/architecture.md, as a test: who may import whom, where SQL, the environment and the
// clock may be touched, how long a file may be, and that no mapping or rule goes without a golden case.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');

const folderRanks: Readonly<Record<string, number>> = {
  hl7v2: 1, fhir: 1, mapping: 2, record: 2, ips: 3, audit: 3, store: 4, pipeline: 5, coverage: 5,
  inbound: 6, outbound: 6, jobs: 7, api: 7, app: 8.5, sandbox: 10, commands: 11,
}; // prettier-ignore
const fileRanks: Readonly<Record<string, number>> = {
  'errors.ts': 0, 'log.ts': 0, 'metrics.ts': 0, 'time.ts': 0, 'yaml.ts': 0, 'secret.ts': 0, 'zone.ts': 0,
  'config.ts': 8, 'app.ts': 9, 'main.ts': 12,
}; // prettier-ignore

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

interface Source {
  /** Path below src. */
  readonly path: string;
  readonly folder: string | undefined;
  readonly text: string;
}

const sources: readonly Source[] = filesBelow('src', '.ts').map((file) => {
  const path = relative('src', file);
  const [first, ...more] = path.split('/');
  return { path, folder: more.length > 0 ? first : undefined, text: readFileSync(join(root, file), 'utf8') };
});

function rankOf(path: string): number {
  const [first = '', ...more] = path.split('/');
  const rank = more.length > 0 ? folderRanks[first] : fileRanks[first];
  if (rank === undefined)
    throw new Error(`${path} stands in no rank: add it to docs/architecture.md and here`);
  return rank;
}

/** Every relative import of a source, as a path below src. */
function importsOf(source: Source): string[] {
  const quoted = source.text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...quoted].map(([, target = '']) => relative('src', join('src', dirname(source.path), target)));
}

describe('architecture', () => {
  it('a file imports from its own folder and from lower ranks only', () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .filter((target) => {
          const targetFolder = target.includes('/') ? target.split('/')[0] : undefined;
          if (source.folder !== undefined && source.folder === targetFolder) return false;
          if (rankOf(target) === 0 && rankOf(source.path) === 0) return false;
          return rankOf(target) >= rankOf(source.path);
        })
        .map((target) => `${source.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('only store holds SQL', () => {
    const sql = /\bsql`|\bfrom 'kysely'|\bfrom 'pg'|\b(select|insert into|update|delete from)\s[\s\S]{0,80}\b(from|values|set|where)\b[\s\S]{0,40}\$\d/i; // prettier-ignore
    const wrong = sources.filter((source) => source.folder !== 'store' && sql.test(source.text));
    expect(wrong.map((source) => source.path)).toEqual([]);
  });

  it('only config.ts reads the environment', () => {
    const wrong = sources.filter(
      (source) => source.path !== 'config.ts' && /process\.env\b/.test(source.text),
    );
    expect(wrong.map((source) => source.path)).toEqual([]);
  });

  it('the pure ranks read no clock, no random source and no socket', () => {
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|randomUUID|from 'node:(net|http|https|tls|child_process)'/; // prettier-ignore
    const pure = sources.filter((source) => rankOf(source.path) <= 3 && source.path !== 'log.ts');
    expect(pure.filter((source) => impure.test(source.text)).map((source) => source.path)).toEqual([]);
  });

  it('no source file has more than 300 lines', () => {
    const long = sources.filter((source) => source.text.split('\n').length > 301);
    expect(long.map((source) => source.path)).toEqual([]);
  });

  it('every mapping file has a golden case that uses it, and a file of a trust one of that trust', () => {
    const used = new Set(
      filesBelow('test/golden', '.expected.json').flatMap((file) => {
        const expected = JSON.parse(readFileSync(join(root, file), 'utf8')) as { uses?: string[] };
        const trust = /\/trusts\/(\w+)\//.exec(file)?.[1] ?? 'RZZ';
        return (expected.uses ?? []).flatMap((path) => [path, `trusts/${trust}/${path}`]);
      }),
    );
    const mappings = [...filesBelow('mappings', '.yaml'), ...filesBelow('mappings', '.csv')]
      .map((file) => relative('mappings', file))
      // Rules hold examples of their own; the words of goals and the table of staff have their tests in test/ips.
      .filter((file) => !/(^|\/)(triggers\/.*|employment-goal\.yaml|codes\/staff\.csv)$/.test(file));
    expect(mappings.filter((file) => !used.has(file))).toEqual([]);
  });

  it('every rule file holds examples of true, false and cannot tell', () => {
    const wrong = filesBelow('mappings/triggers', '.yaml').filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return !['true', 'false', 'cannot-tell'].every((answer) =>
        new RegExp(`expect: ['"]?${answer}`).test(text),
      );
    });
    expect(wrong).toEqual([]);
  });
});
