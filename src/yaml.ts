// YAML 1.2 files for people: configuration, mappings, rules. Every fault is reported at once, with file, line, path
// and what is allowed. A number where a code is meant is refused (01 would silently become 1), never converted.
import { LineCounter, isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { BridgeError, errorOf } from './errors.ts';
import type { Finding } from './errors.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The content of one YAML file, checked by a schema.
 *
 * @param file the file's name as people know it; errors say `<file>:<line>`
 * @param text the file's text
 * @throws BridgeError `config/yaml` when it is no YAML, `config/invalid` when the schema refuses it; `findings`
 * holds every fault
 */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): z.output<S> {
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

  const result = schema.safeParse(document.toJS({ maxAliasCount: 50 }), { error: wording });
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap(closestBranch).map((issue): Finding => ({
    kind: 'config/invalid',
    where: place(offsetOf(document, issue)),
    message: [pathText(issue.path), issue.message].filter((part) => part !== '').join(': '),
  }));
  throw errorOf(faults) ?? new BridgeError('config/invalid', 'the schema refuses this file', { where: file });
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
function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

/** Where in the text the nearest existing node of an issue's path begins; an unknown key stands at itself. */
function offsetOf(document: Document.Parsed, issue: Issue): number | undefined {
  const node = document.getIn(issue.path, true);
  if (issue.code === 'unrecognized_keys' && isMap(node)) {
    const [unknown] = issue.keys;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === unknown);
    if (pair !== undefined && isPair(pair) && isNode(pair.key)) return pair.key.range?.[0];
  }
  for (let length = issue.path.length; length >= 0; length -= 1) {
    const found = length === 0 ? document.contents : document.getIn(issue.path.slice(0, length), true);
    if (isNode(found) && found.range) return found.range[0];
  }
  return undefined;
}
