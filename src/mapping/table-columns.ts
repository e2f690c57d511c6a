// The columns of every table of `codes/`, and what tells one row from another.
import type { TableColumns } from './table.ts';

const special: Readonly<Record<string, TableColumns>> = {
  'codes/assigning-authorities.csv': {
    key: ['authority', 'kind'],
    required: ['authority', 'kind', 'system', 'default'],
    optional: ['comment'],
  },
  'codes/teams.csv': {
    key: ['team'],
    required: ['team', 'name', 'type', 'served', 'champion', 'duty_queue'],
    optional: ['comment'],
  },
  'codes/staff.csv': {
    key: ['staff', 'system', 'from'],
    required: ['staff', 'role', 'organisation', 'from', 'to'],
    optional: ['name', 'system', 'comment'],
  },
};

const codeTable: TableColumns = {
  key: ['code'],
  required: ['code', 'value'],
  optional: ['system', 'display', 'comment'],
};

/** @param path below the mapping folder */
export function columnsOf(path: string): TableColumns {
  return special[path] ?? codeTable;
}

/** Whether this is a table of codes and their meanings, and not one with columns of its own. */
export function isCodeTable(path: string): boolean {
  return path.startsWith('codes/') && path.endsWith('.csv') && special[path] === undefined;
}
