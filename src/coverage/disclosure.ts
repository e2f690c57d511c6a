// Disclosure control for publication, as NHS England does it (domain.md section 5): a count below 5 becomes `*`, also 0,
// every other one is rounded to the nearest 5. That alone is not enough: four published tens with a published total of
// thirty leave only 0 for a fifth. So for every small count a second table is looked for that fits everything published
// and holds another small number there; where there is none, one more count is suppressed. The reader is taken to know
// more than they can: which stars are small counts. Pure. Two reports of neighbouring periods are not compared.
import { BridgeError } from '../errors.ts';
import { alternatives } from './alternative.ts';
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
  const withheld = new Set<number>();
  /** Of everything, as if all that is not small were suppressed too. */
  const widest = domains.map((domain, cell) => ((counts[cell] ?? 0) < smallest ? domain : unbounded));
  const find = alternatives(counts, sums);

  // A second table protects every count in which it differs, and goes on doing so when more is suppressed.
  const safe = new Set<number>();
  for (const [cell, count] of counts.entries()) {
    if (count >= smallest || safe.has(cell)) continue;
    // What is published allows none: the first that comes close tells what must not be published.
    const table = find(cell, domains, domains) ?? find(cell, widest, domains);
    if (table === undefined) {
      throw new BridgeError('internal/disclosure', 'a small count cannot be protected: nothing is published');
    }
    for (const [place, by] of table) {
      safe.add(place);
      const domain = domains[place];
      const value = (counts[place] ?? 0) + by;
      if (domain === undefined || (value >= domain.low && value <= domain.high)) continue;
      withheld.add(place);
      domains[place] = unbounded;
    }
  }
  return counts.map((count, cell) => (count < smallest || withheld.has(cell) ? undefined : rounded(count)));
}
