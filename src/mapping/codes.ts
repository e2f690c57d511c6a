// Code tables: `codes/<table>.csv`, one row a code. A code that stands in the table without a value is known to mean
// nothing here; one that does not stand in it is a finding, and its text is kept where FHIR allows.
import type { Finding } from '../errors.ts';
import { systems } from '../fhir/systems.ts';
import type { CsvRow } from './csv.ts';
import { blank, filled, flag, readTable, tableFault } from './table.ts';
import { columnsOf, isCodeTable } from './table-columns.ts';
import type { MappingTree } from './tree.ts';

interface CodeEntry {
  /** `<file>:<line>` */
  readonly where: string;
  /** What the code means; undefined where the table says that it means nothing to us. */
  readonly value: string | undefined;
  /** Code system of the value, where it differs from the rest of the table. */
  readonly system: string | undefined;
  readonly display: string | undefined;
}

/** Local code → what it means. */
export interface CodeTable {
  readonly name: string;
  readonly entries: ReadonlyMap<string, CodeEntry>;
}

const authorityKinds = ['person', 'nhs', 'staff', 'team', 'other'] as const;
type AuthorityKind = (typeof authorityKinds)[number];

/** An assigning authority (HL7v2 HD.1 in CX.4 and XCN.9): which FHIR system its numbers belong to. */
interface Authority {
  readonly authority: string;
  readonly kind: AuthorityKind;
  readonly system: string;
  readonly isDefault: boolean;
}

export interface Authorities {
  /** Whether the table knows this authority, whatever its numbers are for. */
  knows(authority: string): boolean;
  /** The FHIR system of an authority's numbers of one kind; without authority, the default of that kind. */
  systemOf(kind: AuthorityKind, authority: string | undefined): string | undefined;
  /** The authority, as we write it, whose numbers of one kind are in a FHIR system: the first of several. */
  authorityOf(kind: AuthorityKind, system: string): string | undefined;
}

/** One community or ward team, as the trust describes it. */
export interface Team {
  readonly id: string;
  readonly name: string;
  /** MHSDS service or team type (A06, A14 …). */
  readonly type: string;
  /** Whether IPS serves this team; undefined: the programme's team types decide. */
  readonly served: boolean | undefined;
  /** Staff number of the IPS champion. */
  readonly champion: string | undefined;
  /** The team's duty queue, as the EPR identifies it. */
  readonly dutyQueue: string | undefined;
}

export interface TeamTable {
  readonly all: readonly Team[];
  /** The team of this local id. */
  find(id: string): Team | undefined;
  /** Identifier system of team ids and duty queues. */
  readonly teamSystem: string;
  /** Identifier system of champions' staff numbers. */
  readonly staffSystem: string;
}

/** Reads every code table of the tree that has no reader of its own. */
export function readCodeTables(tree: MappingTree, faults: Finding[]): ReadonlyMap<string, CodeTable> {
  const tables = new Map<string, CodeTable>();
  for (const [path, file] of tree) {
    if (!isCodeTable(path)) continue;
    const name = path.slice('codes/'.length, -'.csv'.length);
    const entries = new Map<string, CodeEntry>();
    for (const row of readTable(file, columnsOf(path), faults)) {
      const code = filled(row, 'code', faults);
      if (code === undefined) continue;
      entries.set(code, {
        where: row.where,
        value: blank(row.cell('value')),
        system: blank(row.cell('system')),
        display: blank(row.cell('display')),
      });
    }
    tables.set(name, { name, entries });
  }
  return tables;
}

/** Reads `codes/assigning-authorities.csv`: authority, kind, system, default (yes where CX.4 or XCN.9 is blank). */
export function readAuthorities(tree: MappingTree, faults: Finding[]): Authorities {
  const path = 'codes/assigning-authorities.csv';
  const rows = rowsOf(tree, path, faults);
  const all: Authority[] = rows.flatMap((row): Authority[] => {
    const kind = authorityKinds.find((known) => known === row.cell('kind'));
    const system = row.cell('system');
    const isDefault = flag(row, 'default', faults);
    const needsSystem = kind !== 'other';
    if (kind === undefined) {
      faults.push(tableFault(row.where, `kind must be one of ${authorityKinds.join(', ')}`));
    } else if (needsSystem && !/^(https?:\/\/|urn:)\S+$/.test(system)) {
      faults.push(tableFault(row.where, 'system must be a URI (https://… or urn:…)'));
    } else if (kind !== 'nhs' && system === systems.nhsNumber) {
      faults.push(tableFault(row.where, 'NHS numbers are of kind nhs; they are no key of a person'));
    } else return [{ authority: row.cell('authority'), kind, system, isDefault: isDefault ?? false }];
    return [];
  });
  const byKey = new Map<string, string>();
  const defaults = new Map<AuthorityKind, string>();
  for (const { authority, kind, system, isDefault } of all) {
    byKey.set(`${kind}|${authority}`, system);
    if (!isDefault) continue;
    if (defaults.has(kind)) faults.push(tableFault(path, `two defaults for kind ${kind}`));
    defaults.set(kind, system);
  }
  const names = new Set(all.map((row) => row.authority));
  return {
    knows: (authority) => names.has(authority),
    systemOf: (kind, authority) =>
      authority === undefined ? defaults.get(kind) : byKey.get(`${kind}|${authority}`),
    authorityOf: (kind, system) =>
      all.find((row) => row.kind === kind && row.system === system && row.authority !== '')?.authority,
  };
}

/** Reads `codes/teams.csv`: team, name, type, served (yes, no or blank), champion, duty_queue. */
export function readTeams(tree: MappingTree, authorities: Authorities, faults: Finding[]): TeamTable {
  const path = 'codes/teams.csv';
  const byId = new Map<string, Team>();
  for (const row of rowsOf(tree, path, faults)) {
    const id = filled(row, 'team', faults);
    const type = row.cell('type');
    if (!/^[A-Z]\d{2}$/.test(type)) {
      faults.push(tableFault(row.where, 'type must be an MHSDS service or team type (A06, A14 …)'));
    }
    if (id === undefined) continue;
    byId.set(id, {
      id,
      name: row.cell('name'),
      type,
      served: flag(row, 'served', faults),
      champion: blank(row.cell('champion')),
      dutyQueue: blank(row.cell('duty_queue')),
    });
  }
  const system = (kind: AuthorityKind): string => {
    const found = authorities.systemOf(kind, undefined);
    // A set without teams names none, and what a trust must add is told by missingOf.
    if (found === undefined && byId.size > 0) {
      faults.push(tableFault('codes/assigning-authorities.csv', `a default of kind ${kind} is missing`));
    }
    return found ?? '';
  };
  return {
    all: [...byId.values()],
    find: (id) => byId.get(id),
    teamSystem: system('team'),
    staffSystem: system('staff'),
  };
}

/** What a trust must add before its messages can mean anything, each with the file that it belongs into. */
export function missingOf(authorities: Authorities, teams: TeamTable): Finding[] {
  const missing = (where: string, message: string): Finding => ({
    kind: 'config/trust-adds',
    where,
    message,
  });
  const kinds = (['person', 'staff', 'team'] as const).filter(
    (kind) => authorities.systemOf(kind, undefined) === undefined,
  );
  return [
    ...kinds.map((kind) =>
      missing('codes/assigning-authorities.csv', `a default of kind ${kind} is missing`),
    ),
    ...(teams.all.length === 0 ? [missing('codes/teams.csv', 'there is no team')] : []),
  ];
}

function rowsOf(tree: MappingTree, path: string, faults: Finding[]): CsvRow[] {
  const found = tree.get(path);
  return found === undefined ? [] : readTable(found, columnsOf(path), faults);
}
