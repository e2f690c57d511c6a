// How well a mapping set covers what is really sent, and the other way round: fields sent and never read, rows never used,
// codes that no table knows and codes never seen, events without a map. Counts and places only: no value of a message,
// save the sender's own codes where a table lacks them.
import { asBridgeError } from '../errors.ts';
import { countFields, countRepetitions, placeOf, readValue, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Segment } from '../hl7v2/message.ts';
import type { CodeTable } from './codes.ts';
import type { MappingFiles, Mappings, MessageMap } from './load.ts';
import { alwaysRead, fieldsIn, fieldsOfMap, messageFileOf, rowName, rowsThatSet } from './places.ts';
import type { MapFields, SetElement } from './places.ts';
import type { SegmentFile } from './schema.ts';
import { run } from './translate.ts';
import type { MessageSource } from './translate.ts';

export interface EventCoverage {
  /** MSH-3 and MSH-4. */
  readonly sender: string;
  readonly event: string;
  readonly messages: number;
  readonly outcome: 'mapped' | 'unused';
  /** How many of them would be held, by the reason. */
  readonly held: Readonly<Record<string, number>>;
  /** `PID-11` sent and never read, or `NK1`: a segment of which nothing is read; and in how many messages. */
  readonly unread: readonly { readonly place: string; readonly messages: number }[];
}

export interface TableCoverage {
  readonly table: string;
  /** Codes that messages use and the table lacks, the most frequent first; at most 100 are kept apart. */
  readonly unknown: readonly { readonly code: string; readonly times: number }[];
  /** How many times still others came. */
  readonly others: number;
  readonly neverSeen: readonly string[];
}

export interface CoverageReport {
  readonly messages: number;
  readonly events: readonly EventCoverage[];
  /** `never-sent`: its segments came, its fields did not, or only with what cannot be used. */
  readonly rowsNeverUsed: readonly {
    readonly row: string;
    readonly to: string;
    readonly why: 'no-segment' | 'never-sent';
  }[];
  readonly tables: readonly TableCoverage[];
  /** Mapped, and never received. */
  readonly eventsNeverSeen: readonly string[];
}

interface EventCount {
  readonly sender: string;
  readonly event: string;
  messages: number;
  readonly held: Map<string, number>;
  readonly unread: Map<string, number>;
}

export interface Coverage {
  readonly add: (message: Message, source: MessageSource) => void;
  readonly report: () => CoverageReport;
}

const codesKept = 100;

/** An empty count over this set; memory grows with the kinds of messages, not with their number. */
export function createCoverage(mappings: Mappings): Coverage {
  const { files } = mappings;
  const fields = new Map([...files.segments].map(([name, file]) => [name, fieldsOfMap(file)]));
  const events = new Map<string, EventCount>();
  const rowsUsed = new Set<string>();
  const mapsSeen = new Set<string>();
  const codesSeen = new Map<string, Set<string>>();
  const unknown = new Map<string, Map<string, number>>();
  const others = new Map<string, number>();
  let messages = 0;

  const countUnknown = (table: string, code: string): void => {
    const codes = unknown.get(table) ?? new Map<string, number>();
    unknown.set(table, codes);
    if (codes.has(code) || codes.size < codesKept) increase(codes, code);
    else increase(others, table);
  };

  return {
    add(message, source) {
      messages += 1;
      const { messageCode, triggerEvent, sendingApplication, sendingFacility } = message.header;
      const event = `${messageCode}^${triggerEvent}`;
      const named = [sendingApplication, sendingFacility].filter((part) => part !== '').join(' ');
      const sender = named === '' ? '(no sender named)' : named;
      const count = countOf(events, sender, event);
      count.messages += 1;
      const map = mappings.events.get(event);
      const told: SetElement[] = [];
      try {
        const translation = run(mappings, message, source, (trace) => told.push(trace));
        if (translation.outcome === 'used') {
          for (const { table, code } of translation.unknownCodes) countUnknown(table, code);
        }
      } catch (thrown) {
        increase(count.held, asBridgeError(thrown).kind);
      }
      if (map === undefined) return;
      for (const one of told) {
        const file = files.segments.get(one.file);
        if (file !== undefined) for (const index of rowsThatSet(file, one)) rowsUsed.add(rowName(one.file, index));
      }
      for (const { segment, map: { name } } of map.segments) {
        const file = files.segments.get(name);
        const found = segmentsNamed(message, segment);
        if (file === undefined || found.length === 0) continue;
        mapsSeen.add(name);
        for (const one of found) noteCodes(one, file, files.tables, codesSeen);
      }
      for (const place of unreadOf(message, map, { mappings, fields, told })) increase(count.unread, place);
    },
    report: () => ({
      messages,
      events: [...events.values()]
        .map((one): EventCoverage => ({
          sender: one.sender,
          event: one.event,
          messages: one.messages,
          outcome: mappings.events.has(one.event) ? 'mapped' : 'unused',
          held: Object.fromEntries(one.held),
          unread: [...one.unread].map(([place, count]) => ({ place, messages: count })),
        }))
        .sort((one, other) => compare(one.sender, other.sender) || compare(one.event, other.event)),
      rowsNeverUsed: rowsNeverUsed(files, rowsUsed, mapsSeen),
      tables: [...new Map([...files.tables.values()].map((table) => [table.name, table])).values()]
        .filter(({ name }) => codesSeen.has(name) || unknown.has(name))
        .map((table) => ({
          table: table.name,
          unknown: [...(unknown.get(table.name) ?? [])]
            .map(([code, times]) => ({ code, times }))
            .sort((one, other) => other.times - one.times || compare(one.code, other.code)),
          others: others.get(table.name) ?? 0,
          neverSeen: [...table.entries.keys()].filter((code) => codesSeen.get(table.name)?.has(code) !== true),
        })),
      eventsNeverSeen: [...mappings.events.keys()].filter(
        (event) => ![...events.values()].some((one) => one.event === event),
      ),
    }),
  }; // prettier-ignore
}

function countOf(events: Map<string, EventCount>, sender: string, event: string): EventCount {
  const key = `${sender}\0${event}`;
  const count = events.get(key) ?? { sender, event, messages: 0, held: new Map(), unread: new Map() };
  events.set(key, count);
  return count;
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

interface Looking {
  readonly mappings: Mappings;
  readonly fields: ReadonlyMap<string, MapFields>;
  readonly told: readonly SetElement[];
}

/** What this message holds that no row of its event reads: whole segments, else fields; each once. */
function unreadOf(message: Message, map: MessageMap, { mappings, fields, told }: Looking): Set<string> {
  const own = fieldsIn(messageFileOf(mappings, map));
  const unread = new Set<string>();
  for (const segment of message.segments) {
    const read = new Set([...alwaysRead, ...own]);
    for (const entry of map.segments) {
      const of = fields.get(entry.map.name);
      if (of === undefined) continue;
      // What a map reads of its own segment it reads of those that it chose; of others (`with`, NTE) of any.
      const chosen = segment.name !== entry.segment || of.chooses.size === 0 || wasChosen(segment, entry.map.name, told); // prettier-ignore
      for (const field of chosen ? of.reads : of.chooses) read.add(field);
    }
    const isRead = [...read].some((field) => field.startsWith(`${segment.name}-`));
    if (!isRead) unread.add(segment.name);
    else for (const field of sentFields(segment)) if (!read.has(field)) unread.add(field);
  }
  return unread;
}

function wasChosen(segment: Segment, map: string, told: readonly SetElement[]): boolean {
  const place = `${placeOf(segment)}-`;
  return told.some(
    ({ file, from }) => file === map && from.split(/,\s*/).some((one) => one.startsWith(place)),
  );
}

function sentFields(segment: Segment): string[] {
  const numbers = Array.from({ length: countFields(segment) }, (_, index) => index + 1);
  return numbers.filter((number) => countRepetitions(segment, number) > 0).map((number) => `${segment.name}-${number}`); // prettier-ignore
}

const componentsRead = 10;

/** Which codes of the tables that a file names stand somewhere in the fields that it looks up in them. */
function noteCodes(
  segment: Segment,
  file: SegmentFile,
  tables: ReadonlyMap<string, CodeTable>,
  seen: Map<string, Set<string>>,
): void {
  for (const { codes, from } of lookUpsOf(file)) {
    const table = codes === undefined ? undefined : tables.get(codes);
    if (table === undefined) continue;
    const found = seen.get(table.name) ?? new Set<string>();
    seen.set(table.name, found);
    for (const field of fieldsIn(from)) {
      const [name, number] = field.split('-');
      if (name !== segment.name) continue;
      for (let repetition = 1; repetition <= countRepetitions(segment, Number(number)); repetition += 1) {
        for (let component = 1; component <= componentsRead; component += 1) {
          const text = readValue(segment, { field: Number(number), repetition, component })?.trim();
          if (text !== undefined && table.entries.has(text)) found.add(text);
        }
      }
    }
  }
}

function lookUpsOf({
  rows,
  only,
  sourceId,
}: SegmentFile): readonly { readonly codes?: string | undefined; readonly from?: unknown }[] {
  // prettier-ignore
  return [...rows, ...only, ...(sourceId === 'person' ? [] : sourceId)];
}

function rowsNeverUsed(
  { segments }: MappingFiles,
  used: ReadonlySet<string>,
  mapsSeen: ReadonlySet<string>,
): CoverageReport['rowsNeverUsed'] {
  return [...segments].flatMap(([name, file]) =>
    file.rows.flatMap(({ to }, index) => {
      const row = rowName(name, index);
      const why = mapsSeen.has(name) ? ('never-sent' as const) : ('no-segment' as const);
      return used.has(row) ? [] : [{ row, to, why }];
    }),
  );
}
