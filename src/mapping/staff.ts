// `codes/staff.csv`: who holds which post, and from when to when. It says who may author a progress note; a table
// without rows says nothing, and everybody may. Roles in a person's care come from the EPR (ROL) and not from here.
import type { Finding } from '../errors.ts';
import type { Authorities } from './codes.ts';
import { blank, filled, readTable, tableFault } from './table.ts';
import { columnsOf } from './table-columns.ts';
import type { MappingTree } from './tree.ts';

/** One post of one person. */
interface Post {
  /** First day, and last day; undefined where there is none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

type Standing = 'in-post' | 'not-in-post' | 'unknown';

export interface StaffTable {
  /** Whether there are rows at all: without, nobody is refused. */
  readonly isKept: boolean;
  /** How somebody stood on one day (2026-11-02). */
  standingOf(staff: { readonly system: string; readonly value: string }, day: string): Standing;
}

/** Reads `codes/staff.csv`: staff, role, organisation, from, to, and where needed name, system, comment. */
export function readStaff(tree: MappingTree, authorities: Authorities, faults: Finding[]): StaffTable {
  const path = 'codes/staff.csv';
  const found = tree.get(path);
  const posts = new Map<string, Post[]>();
  const rows = found === undefined ? [] : readTable(found, columnsOf(path), faults);
  for (const row of rows) {
    const staff = filled(row, 'staff', faults);
    filled(row, 'role', faults);
    filled(row, 'organisation', faults);
    const system = blank(row.cell('system')) ?? authorities.systemOf('staff', undefined);
    const [from, to] = ['from', 'to'].map((column) => {
      const day = blank(row.cell(column));
      if (day !== undefined && !isDay(day)) faults.push(tableFault(row.where, `${column} must be a day, as 2026-11-02, or blank`)); // prettier-ignore
      return day;
    });
    if (from !== undefined && to !== undefined && to < from) faults.push(tableFault(row.where, 'to is before from')); // prettier-ignore
    if (system === undefined) faults.push(tableFault(row.where, 'system is blank, and codes/assigning-authorities.csv has no default of kind staff')); // prettier-ignore
    if (staff === undefined || system === undefined) continue;
    const key = `${system}|${staff}`;
    posts.set(key, [...(posts.get(key) ?? []), { from, to }]);
  }
  return {
    isKept: rows.length > 0,
    standingOf({ system, value }, day) {
      const held = posts.get(`${system}|${value}`);
      if (held === undefined) return 'unknown';
      const inPost = held.some(({ from = day, to = day }) => from <= day && day <= to);
      return inPost ? 'in-post' : 'not-in-post';
    },
  };
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}
