// Disclosure control for publication, as NHS England does it (domain.md section 5): a count below 5 becomes `*`, also 0,
// every other one is rounded to the nearest 5. That alone is not enough: four published tens with a published total of
// thirty leave only 0 for a fifth. So for every small count a second table is looked for that fits everything published
// and holds another small number there; where there is none, one more count is suppressed. The reader is taken to know
// more than they can: which stars are small counts. Pure. Two reports of neighbouring periods are not compared.
import { BridgeError } from '../errors.ts';
import { alternatives, touchingSums } from './alternative.ts';
import type { Domain } from './alternative.ts';

/** A sum that readers may know of, by the places of its cells. */
export interface Sum {
  /**
   * `equal`: the parts add up to the whole. `at-most`: parts may overlap (people under two teams), so that the whole
   * is at most their sum, and no part is more than the whole.
   */
  readonly kind: 'equal' | 'at-most';
  readonly whole: number;
  readonly parts: readonly number[];
}

/** `undefined`: suppressed. */
export type Published = number | undefined;

/** Counts below this are suppressed. */
const smallest = 5;

/** What a reader knows of a count that is suppressed though it is not small, for the sake of another. */
const unbounded: Domain = { low: smallest, high: Number.POSITIVE_INFINITY };

/** The nearest multiple of 5. */
function rounded(count: number): number {
  return Math.round(count / 5) * 5;
}

/**
 * The counts as they may be published, each in its place.
 * @param counts exact, whole, not negative, and such that every sum holds
 * @throws BridgeError internal/disclosure where some small count could be found whatever is suppressed
 */
export function disclose(counts: readonly number[], sums: readonly Sum[]): Published[] {
  const domains = counts.map((count): Domain => {
    if (count < smallest) return { low: 0, high: smallest - 1 };
    return { low: Math.max(smallest, rounded(count) - 2), high: rounded(count) + 2 };
  });
  const alternativeOf = alternatives(counts, domains, sums);
  const touching = touchingSums(counts.length, sums);
  const withheld = new Set<number>();
  const isPublished = (cell: number): boolean => (counts[cell] ?? 0) >= smallest && !withheld.has(cell);
  /** Whether the cell is protected once `candidate` is suppressed as well. */
  const helps = (candidate: number, cell: number): boolean => {
    const before = domains[candidate] ?? unbounded;
    domains[candidate] = unbounded;
    const found = alternativeOf(cell);
    domains[candidate] = before;
    return found !== undefined;
  };

  // A second table protects every count in which it differs, and goes on doing so when more is suppressed.
  const safe = new Set<number>();
  for (const [cell, count] of counts.entries()) {
    if (count >= smallest) continue;
    while (!safe.has(cell)) {
      const table = alternativeOf(cell);
      if (table !== undefined) {
        for (const other of table) safe.add(other);
        continue;
      }
      const candidates = nearest(cell, touching, sums, isPublished).toSorted(
        (one, other) => (counts[one] ?? 0) - (counts[other] ?? 0) || one - other,
      );
      const next = candidates.find((candidate) => helps(candidate, cell)) ?? candidates[0];
      if (next === undefined) {
        throw new BridgeError(
          'internal/disclosure',
          'a small count cannot be protected: nothing is published',
        );
      }
      withheld.add(next);
      domains[next] = unbounded;
    }
  }
  return counts.map((count, cell) => (isPublished(cell) ? rounded(count) : undefined));
}

/** The published cells that share a sum with this one; where there is none, those one sum further, and so on. */
function nearest(
  cell: number,
  touching: readonly (readonly number[])[],
  sums: readonly Sum[],
  isPublished: (cell: number) => boolean,
): number[] {
  const reached = new Set([cell]);
  for (let edge = [cell]; edge.length > 0;) {
    const next = edge.flatMap((from) =>
      (touching[from] ?? []).flatMap((index) => [sums[index]?.whole ?? from, ...(sums[index]?.parts ?? [])]),
    );
    edge = [...new Set(next)].filter((one) => !reached.has(one));
    for (const one of edge) reached.add(one);
    const found = edge.filter(isPublished);
    if (found.length > 0) return found;
  }
  return [];
}
