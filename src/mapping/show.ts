// A mapping set as it counts for one trust, part by part: what stands in it, and from which layer, file and line it comes.
import type { Finding } from '../errors.ts';
import { openYaml } from '../yaml.ts';
import type { YamlDocument } from '../yaml.ts';
import { readCodeTables } from './codes.ts';
import { documentOf, namesIn, pathOf } from './files.ts';
import type { Subfolder } from './files.ts';
import { readTable } from './table.ts';
import { columnsOf } from './table-columns.ts';
import type { MappingTree } from './tree.ts';
import { notAsked, readWorkQuestion } from './work-question.ts';
import type { WorkQuestion } from './work-question.ts';

export interface ShownEntry {
  /** `rows[2]`, `only`, or the key of a table's row: `CCO`. */
  readonly entry: string;
  /** What it says: of a table, its cells by column. */
  readonly says: unknown;
  readonly origin: 'general' | 'trust';
  /** `<file>:<line>` */
  readonly where: string;
}

/** One file as it counts. */
export interface ShownFile {
  /** Below the mapping folder. */
  readonly path: string;
  readonly entries: readonly ShownEntry[];
}

/**
 * Every file that a name means: a segment (PID), a map, group or message file by its name, an event (ADT^A08), a table
 * (codes/roles or roles) or work-question. Empty where nothing is called so.
 *
 * @param trust the trust with which the tree was read
 */
export function show(tree: MappingTree, trust: string, name: string): ShownFile[] {
  const question = questionOf(tree);
  const wanted = name.replace(/\.(yaml|csv)$/, '');
  const ofFolder = (subfolder: Subfolder): ShownFile[] =>
    namesIn(tree, subfolder).flatMap((file): ShownFile[] => {
      const document = documentOf(tree, subfolder, file, { question, faults: [] });
      const path = pathOf(subfolder, file);
      const isMeant = file === wanted || path === `${wanted}.yaml` || keysOf(document, subfolder).includes(wanted);
      return document === undefined || !isMeant ? [] : [{ path, entries: documentEntries(document, trust) }];
    }); // prettier-ignore
  return [
    ...(['messages', 'groups', 'segments'] as const).flatMap(ofFolder),
    ...shownTables(tree, trust, wanted),
    ...shownQuestion(tree, trust, wanted),
  ];
}

/** Every name by which something of the set can be shown. */
export function shownNames(tree: MappingTree): string[] {
  const question = questionOf(tree);
  const named = (['messages', 'groups', 'segments'] as const).flatMap((subfolder) =>
    namesIn(tree, subfolder).flatMap((file) => [
      file,
      ...keysOf(documentOf(tree, subfolder, file, { question, faults: [] }), subfolder),
    ]),
  );
  const tables = [...tree.keys()].filter((path) => path.startsWith('codes/'));
  return [...new Set([...named, ...tables.map((path) => path.replace(/\.csv$/, ''))])].sort();
}

function questionOf(tree: MappingTree): WorkQuestion {
  const faults: Finding[] = [];
  return readWorkQuestion(tree, readCodeTables(tree, faults), faults) ?? notAsked;
}

/** By what else a file is known: its segment, or its events. */
function keysOf(document: YamlDocument | undefined, subfolder: Subfolder): string[] {
  const content = document?.content;
  if (!isMap(content)) return [];
  if (subfolder === 'segments') return [String(content['segment'])];
  const { type, events } = content;
  return Array.isArray(events) ? events.map((event) => `${String(type)}^${String(event)}`) : [];
}

const lists: ReadonlySet<string> = new Set(['rows', 'segments']);

function documentEntries(document: YamlDocument, trust: string): ShownEntry[] {
  if (!isMap(document.content)) return [];
  return Object.entries(document.content).flatMap(([key, value]): ShownEntry[] =>
    lists.has(key) && Array.isArray(value)
      ? value.map((says: unknown, index) =>
          shown(`${key}[${index}]`, says, document.whereOf([key, index]), trust),
        )
      : [shown(key, value, document.whereOf([key]), trust)],
  );
}

function shownTables(tree: MappingTree, trust: string, wanted: string): ShownFile[] {
  const path = `${wanted.startsWith('codes/') ? wanted : `codes/${wanted}`}.csv`;
  const found = tree.get(path);
  if (found === undefined) return [];
  const columns = columnsOf(path);
  const entries = readTable(found, columns, []).map((row) => {
    const cells = row.columns.filter((column) => column !== 'change').map((column) => [column, row.cell(column)]);
    const key = columns.key.map((column) => row.cell(column)).filter((text) => text !== '').join(' ');
    return shown(key, Object.fromEntries(cells), row.where, trust);
  }); // prettier-ignore
  return [{ path, entries }];
}

function shownQuestion(tree: MappingTree, trust: string, wanted: string): ShownFile[] {
  const path = 'work-question.yaml';
  const found = wanted === 'work-question' ? tree.get(path) : undefined;
  if (found === undefined) return [];
  return [{ path, entries: documentEntries(openYaml(found.file, found.text), trust) }];
}

function shown(entry: string, says: unknown, where: string, trust: string): ShownEntry {
  return { entry, says, origin: where.includes(`trusts/${trust}/`) ? 'trust' : 'general', where };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
