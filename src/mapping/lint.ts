// What the schemas cannot see in a mapping set that loads: rows that never win, files that nobody uses, citations that are
// not in the guide, codes without words, and elements that nothing reads. Errors are wrong whatever was meant; warnings
// want a look.
import type { Guide } from './guide.ts';
import { elementOf, purposeOf } from './held-data.ts';
import type { Mappings } from './load.ts';
import { rowName } from './places.ts';
import type { MappingFiles } from './load.ts';
import type { SegmentFile } from './schema.ts';

export interface LintFinding {
  readonly severity: 'error' | 'warning';
  readonly rule: 'never-wins' | 'unused-file' | 'not-in-guide' | 'no-reason' | 'no-display' | 'nothing-reads';
  /** The file below the mapping folder, with its row where it is one. */
  readonly where: string;
  readonly message: string;
}

/** Every finding, by file. `outboundTables` are the code tables that messages we write name. */
export function lint(mappings: Mappings, guide: Guide, outboundTables: ReadonlySet<string>): LintFinding[] {
  const { files } = mappings;
  const used = usedFiles(files);
  const segments = [...files.segments].flatMap(([name, file]) => [
    ...(used.maps.has(name) ? [] : [unused(`hl7v2-to-fhir/segments/${name}.yaml`, 'no message or group names it')]),
    ...neverWins(name, file),
    ...citations(name, file, guide),
    ...unread(name, file),
  ]);
  const groups = [...files.groups.keys()]
    .filter((name) => !used.groups.has(name))
    .map((name) => unused(`hl7v2-to-fhir/groups/${name}.yaml`, 'no message includes it'));
  return [...segments, ...groups, ...messageCitations(files, guide), ...tableFindings(files, outboundTables)].sort(
    (one, other) => (one.where < other.where ? -1 : one.where > other.where ? 1 : 0),
  );
} // prettier-ignore

function unused(where: string, message: string): LintFinding {
  return { severity: 'warning', rule: 'unused-file', where, message };
}

function usedFiles({ messages, groups }: MappingFiles) {
  const included = new Set([...messages.values()].flatMap(({ include }) => include));
  const lists = [...messages.values(), ...[...groups].flatMap(([name, group]) => (included.has(name) ? [group] : []))];
  return { groups: included, maps: new Set(lists.flatMap(({ segments }) => segments.map(({ map }) => map))) };
} // prettier-ignore

/** A later row of the same element that gives a fixed value always sets it: what stands before is never seen. */
function neverWins(name: string, { rows }: SegmentFile): LintFinding[] {
  return rows.flatMap(({ to }, index): LintFinding[] => {
    const later = rows.findIndex((row, place) => place > index && row.to === to && row.value !== undefined);
    if (later === -1) return [];
    const message = `rows[${later}] always sets ${to} after it`;
    return [{ severity: 'error', rule: 'never-wins', where: rowName(name, index), message }];
  });
}

const fieldCited = /^([A-Z][A-Z0-9]{2})-(\d+)/;
/** A row of a data type's table: `TQ[Appointment] TQ.4`. */
const componentCited = /^(([A-Z]{2,3})\[[^\]]+\]) \2\.(\d+)$/;

/** Rows cite the table that their file names, else any table of the segment that they cite. */
function citations(name: string, file: SegmentFile, guide: Guide): LintFinding[] {
  const path = `hl7v2-to-fhir/segments/${name}.yaml`;
  const wrong = (where: string, message: string): LintFinding => ({ severity: 'error', rule: 'not-in-guide', where, message }); // prettier-ignore
  const { guide: table } = file;
  if (table !== undefined && !guide.hasSegmentTable(table)) {
    return [wrong(path, `the guide has no table ${table}`)];
  }
  return file.rows.flatMap(({ guide: cited }, index) => {
    if (cited === undefined) return [];
    const where = rowName(name, index);
    if (table === undefined) return [wrong(where, 'it cites the guide, but its file names no table of it')];
    return cited.split(/,\s*/).flatMap((one) => {
      const [, datatype, , component] = componentCited.exec(one) ?? [];
      if (datatype !== undefined && guide.hasField(datatype, Number(component))) return [];
      const [, segment, number] = fieldCited.exec(one) ?? [];
      const stands = segment !== undefined && table.startsWith(`${segment}[`) && guide.hasField(table, Number(number));
      return stands ? [] : [wrong(where, `the table ${table} has no row ${one}`)];
    });
  }); // prettier-ignore
}

function messageCitations({ messages, groups }: MappingFiles, guide: Guide): LintFinding[] {
  const lists = [
    ...[...messages].map(([name, file]) => ({ path: `hl7v2-to-fhir/messages/${name}.yaml`, ...file })),
    ...[...groups].map(([name, file]) => ({ path: `hl7v2-to-fhir/groups/${name}.yaml`, guide: undefined, ...file })),
  ];
  return lists.flatMap(({ path, guide: cited, segments }): LintFinding[] => {
    const table = cited?.replace(/^messages\//, '');
    if (table !== undefined && !guide.hasMessageTable(table)) {
      return [{ severity: 'error', rule: 'not-in-guide', where: path, message: `the guide has no table of ${table}` }];
    }
    return segments.flatMap((entry, index): LintFinding[] => {
      const where = `${path} segments[${index}]`;
      if (entry.guide === undefined && entry.own === undefined) {
        return [{ severity: 'warning', rule: 'no-reason', where, message: 'neither guide (its row) nor own (why)' }];
      }
      const orders = entry.guide?.split(/,\s*/) ?? [];
      return orders
        .filter((order) => !guide.hasOrder(order, table))
        .map((order) => ({ severity: 'error', rule: 'not-in-guide', where, message: `${table ?? 'no message table'} has no row ${order}` }));
    });
  });
} // prettier-ignore

/** Data minimisation: what is taken into the record and serves nothing. */
function unread(name: string, file: SegmentFile): LintFinding[] {
  return file.rows.flatMap(({ to }, index): LintFinding[] => {
    const element = elementOf(file, to);
    if (purposeOf(element) !== undefined) return [];
    const message = `no fact, measure, note or check reads ${element}`;
    return [{ severity: 'warning', rule: 'nothing-reads', where: rowName(name, index), message }];
  });
}

/** Tables that no row names, and codes without words in a table that has words for others. */
function tableFindings({ segments, tables }: MappingFiles, outbound: ReadonlySet<string>): LintFinding[] {
  const named = new Set([...segments.values()].flatMap(({ rows, only, sourceId }) =>
    [...rows, ...only, ...(sourceId === 'person' ? [] : sourceId)].flatMap(({ codes }) => (codes === undefined ? [] : [tables.get(codes)?.name ?? codes])),
  ));
  return [...tables.values()].flatMap((table): LintFinding[] => {
    const where = `codes/${table.name}.csv`;
    if (table.name === 'work-question') return [];
    if (!named.has(table.name) && !outbound.has(table.name)) return [unused(where, 'no row names this table')];
    const entries = [...table.entries];
    if (!entries.some(([, { display }]) => display !== undefined)) return [];
    return entries
      .filter(([, { value, display }]) => value !== undefined && display === undefined)
      .map(([code]) => ({ severity: 'warning', rule: 'no-display', where, message: `the code ${code} has a value and no display` }));
  });
} // prettier-ignore
