// CSV as spreadsheets write it (RFC 4180), for code tables: a header line, quoted cells, CRLF or LF, a byte-order mark.
// The columns are named by whoever reads the table; an unknown or missing one is a fault.
import type { Finding } from '../errors.ts';

export interface CsvRow {
  /** `<file>:<line>` */
  readonly where: string;
  /** The trimmed text of a column; `` where the cell is empty. */
  cell(column: string): string;
  /** The columns of its file. */
  readonly columns: readonly string[];
}

interface Columns {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

/** The rows of a table; what is wrong with its shape is added to `faults`, and such rows are left out. */
export function readCsv(file: string, text: string, columns: Columns, faults: Finding[]): CsvRow[] {
  const { lines: all, brokenAt } = splitLines(text);
  if (brokenAt !== undefined) {
    const message = 'a quote is not closed, or stands inside a cell that is not quoted';
    faults.push({ kind: 'config/table', where: `${file}:${brokenAt}`, message });
    return [];
  }
  const [header, ...lines] = all;
  const names = (header?.cells ?? []).map((cell) => cell.trim());
  const known = [...columns.required, ...(columns.optional ?? [])];
  const wrong = [
    ...columns.required.filter((name) => !names.includes(name)).map((name) => `column ${name} is missing`),
    ...names.filter((name) => !known.includes(name)).map((name) => `unknown column ${name}`),
  ];
  if (wrong.length > 0) {
    const message = `${wrong.join('; ')}; allowed: ${known.join(', ')}`;
    faults.push({ kind: 'config/table', where: `${file}:1`, message });
    return [];
  }
  return lines.flatMap(({ number, cells }) => {
    const where = `${file}:${number}`;
    // A spreadsheet writes an empty line as its separators.
    if (cells.every((cell) => cell.trim() === '')) return [];
    if (cells.length === names.length) return [rowOf(where, names, cells)];
    const message = `${cells.length} cells where the header has ${names.length}`;
    faults.push({ kind: 'config/table', where, message });
    return [];
  });
}

function rowOf(where: string, names: readonly string[], cells: readonly string[]): CsvRow {
  const byName = new Map(names.map((name, index) => [name, (cells[index] ?? '').trim()]));
  return { where, columns: names, cell: (column) => byName.get(column) ?? '' };
}

interface Line {
  readonly number: number;
  readonly cells: string[];
}

/** `brokenAt`: the line from which the text is no CSV; rows must not be lost silently. */
function splitLines(text: string): { readonly lines: Line[]; readonly brokenAt?: number } {
  const lines: Line[] = [];
  let cells: string[] = [];
  let number = 1;
  let start = 1;
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    const match = cell.exec(text);
    if (match === null) return { lines, brokenAt: number };
    const [whole, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    number += (whole.match(/\r\n|\n|\r/g) ?? []).length;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') lines.push({ number: start, cells });
    if (end === '' || cell.lastIndex >= text.length) return { lines };
    cells = [];
    start = number;
  }
}
