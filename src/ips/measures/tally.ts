// The count: one person after another is added, only numbers are kept, so that memory does not grow with the trust.
import { trustMeasures } from './definitions.ts';
import type { FunnelMeasure, TrustMeasure } from './definitions.ts';
import type { Standing } from './person.ts';

type Counts<M extends string> = Map<M, number>;

export interface Tally {
  /** By team id. A person under two teams is in both rows. */
  readonly teams: ReadonlyMap<string, ReadonlyMap<FunnelMeasure, number>>;
  /** Everybody once. */
  readonly total: ReadonlyMap<FunnelMeasure, number>;
  readonly trust: ReadonlyMap<TrustMeasure, number>;
  /** How many people waited how many days from wish to proposal. */
  readonly days: ReadonlyMap<number, number>;
  /** People under more than one team: they make the teams add up to more than the total. */
  readonly underSeveralTeams: number;
  /** Whether anybody's record holds a note. */
  readonly notesCollected: boolean;
}

/** A count to which people are added. */
export function newTally(): { readonly add: (standing: Standing) => void; readonly tally: () => Tally } {
  const teams = new Map<string, Counts<FunnelMeasure>>();
  const total: Counts<FunnelMeasure> = new Map();
  const trust: Counts<TrustMeasure> = new Map();
  const days = new Map<number, number>();
  let underSeveralTeams = 0;
  let notesCollected = false;
  return {
    add: (standing) => {
      for (const id of standing.teams) {
        const row = teams.get(id) ?? new Map<FunnelMeasure, number>();
        teams.set(id, row);
        for (const measure of standing.funnel) add(row, measure, 1);
      }
      for (const measure of standing.funnel) add(total, measure, 1);
      for (const { id } of trustMeasures) add(trust, id, standing.trust[id] ?? 0);
      if (standing.daysToProposal !== undefined) add(days, standing.daysToProposal, 1);
      if (standing.teams.length > 1) underSeveralTeams += 1;
      notesCollected ||= standing.hasNotes;
    },
    tally: () => ({ teams, total, trust, days, underSeveralTeams, notesCollected }),
  };
}

/** The median of counted values: the middle one, or half way between the two in the middle. Undefined of none. */
export function median(counted: ReadonlyMap<number, number>): number | undefined {
  const sorted = [...counted].toSorted(([one], [other]) => one - other);
  const n = numberOf(counted);
  let passed = 0;
  let lower: number | undefined;
  for (const [value, count] of sorted) {
    passed += count;
    if (lower === undefined && passed * 2 >= n) lower = value;
    if (lower !== undefined && passed * 2 > n) return (lower + value) / 2;
  }
  return undefined;
}

/** How many values were counted. */
export function numberOf(counted: ReadonlyMap<number, number>): number {
  return [...counted.values()].reduce((sum, count) => sum + count, 0);
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
