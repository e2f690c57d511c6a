// YAML 1.2 files for people: configuration, mappings, rules. Every fault is reported at once, with file, line, path
// and what is allowed. A number where a code is meant is refused (01 would silently become 1), never converted.
import { LineCounter, isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { BridgeError, errorOf } from './errors.ts';
import type { Finding } from './errors.ts';

type Issue = z.core.$ZodIssue;
/** Keys and indices, from the root. */
export type YamlPath = readonly PropertyKey[];

/** A YAML file, or several that lie over each other: what it says, and where each part of it stands. */
export interface YamlDocument {
  readonly content: unknown;
  /** `<file>:<line>` of what stands at a path, or of the nearest part that exists; of a key there, where one is named. */
  whereOf(path: YamlPath, key?: string): string;
}

/**
 * One YAML file, not yet checked by any schema.
 *
 * @param file the file's name as people know it
 * @throws BridgeError `config/yaml` when it is no YAML; `findings` holds every fault
 */
export function openYaml(file: string, text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', schema: 'core', lineCounter: lines });
  const place = (offset: number | undefined): string =>
    offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  const broken = document.errors.map((error): Finding => ({
    kind: 'config/yaml',
    where: place(error.pos[0]),
    message: sentence(error.message),
  }));
  const unreadable = errorOf(broken);
  if (unreadable !== undefined) throw unreadable;
  return {
    content: document.toJS({ maxAliasCount: 50 }),
    whereOf: (path, key) => place(offsetOf(document, path, key)),
  };
}

/**
 * The content of a document, as its schema has it.
 * @throws BridgeError `config/invalid` when the schema refuses it; `findings` holds every fault
 */
export function checkYaml<S extends z.ZodType>(document: YamlDocument, schema: S): z.output<S> {
  const result = schema.safeParse(document.content, { error: wording });
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap(closestBranch).map((issue): Finding => ({
    kind: 'config/invalid',
    where: document.whereOf(issue.path, issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined),
    message: [pathText(issue.path), issue.message].filter((part) => part !== '').join(': '),
  }));
  throw (
    errorOf(faults) ??
    new BridgeError('config/invalid', 'the schema refuses this file', { where: document.whereOf([]) })
  );
}

/**
 * The content of one YAML file, checked by a schema.
 *
 * @param file the file's name as people know it; errors say `<file>:<line>`
 * @param text the file's text
 * @throws BridgeError `config/yaml` when it is no YAML, `config/invalid` when the schema refuses it; `findings`
 * holds every fault
 */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): z.output<S> {
  return checkYaml(openYaml(file, text), schema);
}

/** The library's message without its code frame, which quotes the file. */
function sentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

/** What is said instead of zod's own words, where those would not tell a person what to do. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type' && issue.input === undefined) return `is missing (${issue.expected})`;
  if (
    (issue.code === 'invalid_type' && issue.expected === 'string') ||
    issue.code === 'invalid_value' ||
    issue.code === 'invalid_format'
  ) {
    if (typeof issue.input === 'number') return "a number stands here; if it is a code, quote it ('01')";
  }
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.inst);
    const allowed = known.length === 0 ? '' : `; allowed: ${known.join(', ')}`;
    return `unknown key ${issue.keys.join(', ')}${allowed}`;
  }
  return undefined;
}

/** The keys that a schema allows, where it names them. */
function knownKeys(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum)
    return schema.keyType.options.map(String);
  return [];
}

/** Of a union, the issues of the branch that fits best: fewest faults. Its paths begin at the union's. */
function closestBranch(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const [best = []] = issue.errors.toSorted((one, other) => one.length - other.length);
  if (best.every((inner) => inner.path.length === 0 && inner.code === 'invalid_type')) return [issue];
  return best.flatMap((inner) => closestBranch({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** `feeds[0].supplies`, or `` for the whole file. */
function pathText(path: YamlPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

/** Where in the text the nearest existing node of a path begins; a key of a map stands at itself. */
function offsetOf(document: Document.Parsed, path: YamlPath, key?: string): number | undefined {
  const node = document.getIn(path, true);
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair !== undefined && isPair(pair) && isNode(pair.key)) return pair.key.range?.[0];
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const found = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(found) && found.range) return found.range[0];
  }
  return undefined;
}
