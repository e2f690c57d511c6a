// Disclosure control against a reader who tries every table: a count that is suppressed because it is small must be
// able to have at least two small values, whatever else is published beside it.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { disclose } from '../../src/coverage/disclosure.ts';
import type { Published, Sum } from '../../src/coverage/disclosure.ts';

/** No count in these tests is larger; a reader who tries fewer tables finds fewer values, never more. */
const largest = 60;

/**
 * The values that each small count can have, found by trying every table. The reader knows which stars are small counts
 * (0 to 4) and which are not (5 and more); whoever knows less finds more tables.
 */
function valuesLeft(
  counts: readonly number[],
  published: readonly Published[],
  sums: readonly Sum[],
): Map<number, Set<number>> {
  const domains = published.map((shown, cell) => {
    if (shown !== undefined) return range(Math.max(5, shown - 2), shown + 2);
    return (counts[cell] ?? 0) < 5 ? range(0, 4) : range(5, largest);
  });
  const small = counts.flatMap((count, cell) => (count < 5 ? [cell] : []));
  const found = new Map(small.map((cell) => [cell, new Set<number>()]));
  const table: number[] = [];
  const ready = counts.map((_, cell) =>
    sums.filter(({ whole, parts }) => Math.max(whole, ...parts) === cell),
  );
  const fits = (cell: number): boolean =>
    (ready[cell] ?? []).every(({ kind, whole, parts }) => {
      const of = parts.map((part) => table[part] ?? 0);
      const sum = of.reduce((total, part) => total + part, 0);
      const total = table[whole] ?? 0;
      return kind === 'equal' ? total === sum : total <= sum && of.every((part) => part <= total);
    });
  const fill = (cell: number): void => {
    if (cell === counts.length) {
      for (const [place, values] of found) values.add(table[place] ?? 0);
      return;
    }
    if ([...found.values()].every((values) => values.size > 1)) return;
    for (const value of domains[cell] ?? []) {
      table[cell] = value;
      if (fits(cell)) fill(cell + 1);
    }
  };
  fill(0);
  return found;
}

function range(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, step) => low + step);
}

/** Parts first, then what they add up to. */
const total = (parts: number): readonly Sum[] => [
  { kind: 'equal', whole: parts, parts: range(0, parts - 1) },
];

const count = fc.oneof({ weight: 3, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.nat(14) });

interface Case {
  readonly counts: readonly number[];
  readonly sums: readonly Sum[];
}

/** Parts and their total. */
const single: fc.Arbitrary<Case> = fc
  .array(count, { minLength: 1, maxLength: 5 })
  .map((parts) => ({ counts: [...parts, sumOf(parts)], sums: total(parts.length) }));

/** Two teams and their total; in each a step that falls into three parts. */
const teamsAndTotal: fc.Arbitrary<Case> = fc
  .array(count, { minLength: 6, maxLength: 6 })
  .map(([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => ({
    counts: [a, b, c, a + b + c, d, e, f, d + e + f, a + d, b + e, c + f, a + b + c + d + e + f],
    sums: [
      { kind: 'equal', whole: 3, parts: [0, 1, 2] },
      { kind: 'equal', whole: 7, parts: [4, 5, 6] },
      { kind: 'equal', whole: 11, parts: [8, 9, 10] },
      { kind: 'equal', whole: 8, parts: [0, 4] },
      { kind: 'equal', whole: 9, parts: [1, 5] },
      { kind: 'equal', whole: 10, parts: [2, 6] },
      { kind: 'equal', whole: 11, parts: [3, 7] },
    ],
  }));

/** Three steps of a funnel: each falls into those who go on and those who do not. */
const nested: fc.Arbitrary<Case> = fc
  .array(count, { minLength: 4, maxLength: 4 })
  .map(([a = 0, b = 0, c = 0, d = 0]) => ({
    counts: [a, b, a + b, c, a + b + c, d, a + b + c + d],
    sums: [
      { kind: 'equal', whole: 2, parts: [0, 1] },
      { kind: 'equal', whole: 4, parts: [2, 3] },
      { kind: 'equal', whole: 6, parts: [4, 5] },
    ],
  }));

/** Two teams that share people: the total is less than their sum. */
const overlapping: fc.Arbitrary<Case> = fc
  .tuple(count, count, fc.nat(5), count, count, fc.nat(5))
  .map(([a, b, ab, c, d, cd]) => {
    const [left, right] = [Math.min(a, b, ab), Math.min(c, d, cd)];
    return {
      counts: [a, c, a + c, b, d, b + d, a + b - left, c + d - right, a + b - left + c + d - right],
      sums: [
        { kind: 'equal', whole: 2, parts: [0, 1] },
        { kind: 'equal', whole: 5, parts: [3, 4] },
        { kind: 'equal', whole: 8, parts: [6, 7] },
        { kind: left === 0 ? 'equal' : 'at-most', whole: 6, parts: [0, 3] },
        { kind: right === 0 ? 'equal' : 'at-most', whole: 7, parts: [1, 4] },
        { kind: left + right === 0 ? 'equal' : 'at-most', whole: 8, parts: [2, 5] },
      ],
    };
  });

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, one) => sum + one, 0);
}

describe('counts for publication', () => {
  it.each([
    ['parts and their total', single, 1_500],
    ['steps within steps', nested, 1_000],
    ['two teams and their total', teamsAndTotal, 300],
    ['two teams that share people', overlapping, 500],
  ] as const)('R44 no small count can be found by subtraction: %s', (_, cases, numRuns) => {
    fc.assert(
      fc.property(cases, ({ counts, sums }) => {
        const published = disclose(counts, sums);
        for (const [cell, values] of valuesLeft(counts, published, sums)) {
          if (values.size < 2) throw new Error(`count ${cell} must be ${[...values].join()}`);
        }
      }),
      { numRuns },
    );
  });

  it('R44 counts below 5 are suppressed, 0 too; the others are rounded to the nearest 5, and nothing contradicts', () => {
    fc.assert(
      fc.property(fc.oneof(single, nested, teamsAndTotal), ({ counts, sums }) => {
        for (const [cell, shown] of disclose(counts, sums).entries()) {
          const exact = counts[cell] ?? 0;
          if (exact < 5) expect(shown).toBeUndefined();
          if (shown === undefined) continue;
          expect(shown % 5).toBe(0);
          expect(Math.abs(shown - exact)).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('R44 rounding alone would give it away: four eights, a nought and thirty-two', () => {
    const counts = [8, 8, 8, 8, 0, 32];
    const roundedOnly = [10, 10, 10, 10, undefined, 30];
    expect(valuesLeft(counts, roundedOnly, total(5)).get(4)).toEqual(new Set([0]));
    const published = disclose(counts, total(5));
    expect(published).toEqual([undefined, 10, 10, 10, undefined, 30]);
  });

  it('R44 two fours may not stand beside their total, which leaves nothing but two fours', () => {
    expect(valuesLeft([4, 4, 8], [undefined, undefined, 10], total(2)).get(0)).toEqual(new Set([4]));
    expect(disclose([4, 4, 8], total(2))).toEqual([undefined, undefined, undefined]);
  });

  it('what gives nothing away is published', () => {
    expect(disclose([3, 41, 44], total(2))).toEqual([undefined, 40, 45]);
    expect(disclose([7, 0], [])).toEqual([5, undefined]);
  });
});
