// A trust's mapping file over the general one of the same path: it holds only what differs. Entries of the same name take
// the place of the general ones, new ones follow, `drop` leaves some out, and any other key replaces the general key.
import type { Finding } from '../errors.ts';
import type { YamlDocument, YamlPath } from '../yaml.ts';

/** The list of a file that is laid over entry by entry. */
export interface OverlaidList {
  readonly key: 'rows' | 'segments';
  /** What names an entry: entries alike in all of these are the same. */
  readonly names: readonly string[];
  /** What `drop` calls an entry by. */
  readonly dropBy: string;
}

/** Rows of a segment file, by the element that they set. */
export const rowList: OverlaidList = { key: 'rows', names: ['to'], dropBy: 'to' };
/** Segments of a message or group file, by segment and map. */
export const segmentList: OverlaidList = { key: 'segments', names: ['segment', 'map'], dropBy: 'map' };

interface Entry {
  readonly value: unknown;
  readonly document: YamlDocument;
  readonly index: number;
}

/** The two as one document, in which everything still knows its own file and line. Faults of `drop` are added. */
export function overlay(
  general: YamlDocument,
  own: YamlDocument,
  list: OverlaidList,
  faults: Finding[],
): YamlDocument {
  const base = general.content;
  const over = own.content;
  if (!isMap(base) || !isMap(over)) return own;
  const { drop, ...keys } = over;
  const listed = keys[list.key];
  // Without a list in either there is nothing to lay over; what is no list at all is left to the schema.
  const isListed =
    [base[list.key], listed].some(Array.isArray) && (listed === undefined || Array.isArray(listed));
  const entries = merged(entriesOf(general, list), entriesOf(own, list), list);
  const dropped = dropsOf(drop, own, faults);
  for (const [index, name] of dropped.entries()) {
    if (entriesOf(general, list).some((entry) => part(entry, list.dropBy) === name)) continue;
    const message = `drop: no entry of the general file has ${list.dropBy} ${name}`;
    faults.push({ kind: 'config/invalid', where: own.whereOf(['drop', index]), message });
  }
  const kept = entries.filter(
    (entry) => entry.document === own || !dropped.includes(part(entry, list.dropBy) ?? ''),
  );
  return {
    content: {
      ...base,
      ...keys,
      ...(isListed ? { [list.key]: kept.map(({ value }) => value) } : {}),
    },
    whereOf: (path, key) => placeOf(path, key, { general, own, keys, kept: isListed ? kept : [], list }),
  };
}

interface Layers {
  readonly general: YamlDocument;
  readonly own: YamlDocument;
  /** The keys that the trust's file has. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly kept: readonly Entry[];
  readonly list: OverlaidList;
}

function placeOf(path: YamlPath, key: string | undefined, layers: Layers): string {
  const { general, own, keys, kept, list } = layers;
  const [first, index, ...more] = path;
  const entry = first === list.key && typeof index === 'number' ? kept[index] : undefined;
  if (entry !== undefined) return entry.document.whereOf([list.key, entry.index, ...more], key);
  const name = first ?? key;
  return name === undefined || name in keys ? own.whereOf(path, key) : general.whereOf(path, key);
}

/** Own entries in the place of the first general one of their name; those of a new name at the end. */
function merged(general: readonly Entry[], own: readonly Entry[], list: OverlaidList): Entry[] {
  const nameOf = (entry: Entry): string => list.names.map((name) => part(entry, name) ?? '').join('\0');
  const ownNames = new Set(own.map(nameOf));
  const placed = new Set<string>();
  const entries = general.flatMap((entry): Entry[] => {
    const name = nameOf(entry);
    if (!ownNames.has(name)) return [entry];
    if (placed.has(name)) return [];
    placed.add(name);
    return own.filter((one) => nameOf(one) === name);
  });
  return [...entries, ...own.filter((entry) => !placed.has(nameOf(entry)))];
}

function entriesOf(document: YamlDocument, { key }: OverlaidList): Entry[] {
  const list = isMap(document.content) ? document.content[key] : undefined;
  return Array.isArray(list) ? list.map((value: unknown, index) => ({ value, document, index })) : [];
}

function part({ value }: Entry, key: string): string | undefined {
  const found = isMap(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

function dropsOf(drop: unknown, own: YamlDocument, faults: Finding[]): string[] {
  if (drop === undefined) return [];
  if (Array.isArray(drop) && drop.every((name) => typeof name === 'string')) return drop;
  const message = 'drop: is a list of the names of general entries';
  faults.push({ kind: 'config/invalid', where: own.whereOf(['drop']), message });
  return [];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
