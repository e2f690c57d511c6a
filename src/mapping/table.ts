// One table of `codes/` as rows: the general file with the trust's own over it, row by row by their key. In a trust's
// file a column `change` may say `remove`: the general row of that key is left out, or, under the key `*`, all of them.
import type { ErrorKind, Finding } from '../errors.ts';
import { readCsv } from './csv.ts';
import type { CsvRow } from './csv.ts';
import type { MappingFile } from './tree.ts';

export interface TableColumns {
  /** What tells one row from another, in each of the two files and between them. */
  readonly key: readonly string[];
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The key under which `remove` leaves out every general row. */
const all = '*';

/** The rows that count, general ones first, each with its own file and line; what is wrong is added to `faults`. */
export function readTable(file: MappingFile, columns: TableColumns, faults: Finding[]): CsvRow[] {
  const { general } = file;
  if (general === undefined) return readOne(file, columns, faults);
  const { key, required, optional } = columns;
  const own = readOne(file, { key, required, optional: [...optional, 'change'] }, faults);
  const rows = new Map(readOne(general, columns, faults).map((row) => [keyOf(row, key), row]));
  for (const row of own.filter((one) => one.cell('change') === 'remove')) {
    if (row.cell(key[0] ?? '') === all) rows.clear();
    else if (!rows.delete(keyOf(row, key))) faults.push(tableFault(row.where, 'remove: the general table has no such row')); // prettier-ignore
  }
  for (const row of own) {
    const change = row.cell('change');
    if (change === '') rows.set(keyOf(row, key), row);
    else if (change !== 'remove') faults.push(tableFault(row.where, 'change must be remove or blank'));
  }
  return [...rows.values()];
}

function readOne({ file, text }: MappingFile, columns: TableColumns, faults: Finding[]): CsvRow[] {
  const { key, required, optional } = columns;
  const taken = new Set<string>();
  return readCsv(file, text, { required, optional }, faults).filter((row) => {
    const name = keyOf(row, key);
    if (!taken.has(name)) return taken.add(name);
    faults.push(tableFault(row.where, `this ${key.join(' and ')} stands twice`));
    return false;
  });
}

function keyOf(row: CsvRow, key: readonly string[]): string {
  return key.map((column) => row.cell(column)).join('\0');
}

/** yes, no or blank. */
export function flag(row: CsvRow, column: string, faults: Finding[]): boolean | undefined {
  const text = row.cell(column).toLowerCase();
  if (text === '') return undefined;
  if (text !== 'yes' && text !== 'no')
    faults.push(tableFault(row.where, `${column} must be yes, no or blank`));
  return text === 'yes';
}

/** The text of a cell that has to hold something. */
export function filled(row: CsvRow, column: string, faults: Finding[]): string | undefined {
  const text = row.cell(column);
  if (text !== '') return text;
  faults.push(tableFault(row.where, `${column} is empty`));
  return undefined;
}

export function blank(text: string): string | undefined {
  return text === '' ? undefined : text;
}

export function tableFault(where: string, message: string): Finding {
  const kind: ErrorKind = 'config/table';
  return { kind, where, message };
}
