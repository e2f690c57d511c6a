// Which fields a mapping file reads, told from the file itself: every place that stands in it, save in `guide` and `own`,
// which only speak of places. And which row of a file set an element.
import { isDeepStrictEqual } from 'node:util';
import type { Trace } from './compile.ts';
import type { Mappings, MessageMap } from './load.ts';
import type { SegmentFile } from './schema.ts';

const place = /^([A-Z][A-Z0-9]{2})-(\d+)/;
const spoken: ReadonlySet<string> = new Set(['guide', 'own']);

/** `PID-3` for PID-3, PID-3.1 and PID[2]-3[1].4. */
function fieldOfPlace(text: string): string {
  return text.replace(/^([A-Z][A-Z0-9]{2})(?:\[\d+\])?-(\d+).*$/, '$1-$2');
}

/** Every field that a part of a mapping file names: `PID-3`. */
export function fieldsIn(part: unknown): Set<string> {
  const fields = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string') {
      if (place.test(value)) fields.add(fieldOfPlace(value));
    } else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) if (!spoken.has(key)) walk(item);
    }
  };
  walk(part);
  return fields;
}

/** Fields that a segment map reads: of any segment, to see whether it is of its kind, and of those that it chose. */
export interface MapFields {
  readonly chooses: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
}

export function fieldsOfMap(file: SegmentFile): MapFields {
  const reads = fieldsIn(file);
  // The notes of a goal stand in the NTE segments that follow it.
  if (file.rows.some(({ via }) => via === 'nte-annotations')) reads.add('NTE-3');
  // Selectors are asked in their order, and the first that says no ends it.
  return { chooses: fieldsIn(file.only[0]), reads };
}

/** Fields that are read of every message before any map: who sent it, what it is, whom it is about. */
export const alwaysRead: ReadonlySet<string> = new Set([
  ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 15, 16, 18, 21].map((number) => `MSH-${number}`),
  'PID-3',
  'MRG-1',
]);

/** The file of a message map, by which its own places are known. */
export function messageFileOf({ files }: Mappings, map: MessageMap): unknown {
  const name =
    map.file
      .split('/')
      .at(-1)
      ?.replace(/\.yaml$/, '') ?? '';
  return files.messages.get(name);
}

/** `hl7v2-to-fhir/segments/pid-patient.yaml rows[2]`, as findings name a row. */
export function rowName(file: string, index: number): string {
  return `hl7v2-to-fhir/segments/${file}.yaml rows[${index}]`;
}

/** An element that a row of a file has set, and from where. */
export type SetElement = Pick<Trace, 'element' | 'from' | 'file' | 'value'>;

/** Which rows of the file can have set this element from these places; more than one where they read the same. */
export function rowsThatSet(file: SegmentFile, { element, from, value }: SetElement): number[] {
  const places = from.split(/,\s*/).map(fieldOfPlace);
  return file.rows.flatMap((row, index) => {
    if (`${file.resource}.${row.to}` !== element) return [];
    if (row.from === undefined) return from === 'fixed' && isDeepStrictEqual(row.value, value) ? [index] : [];
    const reads = fieldsIn(row.from);
    return places.every((one) => one === '' || reads.has(one)) ? [index] : [];
  });
}
