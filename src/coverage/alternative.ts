// Whether a reader must find out a count: no, as soon as there is a second table that fits everything they know and
// differs there. It is looked for close to the true one: the count is moved by one, and every sum that then fails is
// mended by moving another count by one, first where that makes the fewest other sums fail. What is found is a proof;
// finding nothing within bounds counts as "must", which suppresses more, never less.
import type { Sum } from './disclosure.ts';

/** What a reader knows of a count by itself; both ends included. */
export interface Domain {
  readonly low: number;
  readonly high: number;
}

/** How many counts may be moved at once, tried from few to many, and how many tables are looked at for each. */
const reach: readonly { readonly moves: number; readonly tables: number }[] = [
  { moves: 6, tables: 100 },
  { moves: 16, tables: 400 },
  { moves: 60, tables: 1_000 },
];

interface Move {
  readonly place: number;
  readonly by: number;
}

/** In which places another table differs from the true one, and by how much. */
export type Difference = ReadonlyMap<number, number>;

/**
 * @param counts the true table, which fits all sums
 * @returns for a place and what is known of each count, how a table with another count there differs from the true one;
 *   undefined where none is found. Leaving `wished` is avoided, not forbidden.
 */
export function alternatives(
  counts: readonly number[],
  sums: readonly Sum[],
): (place: number, domains: readonly Domain[], wished: readonly Domain[]) => Difference | undefined {
  const touching = touchingSums(counts.length, sums);
  const values = [...counts];
  const moved = new Map<number, number>();
  let domains: readonly Domain[] = [];
  let wished: readonly Domain[] = [];
  const failing = new Set<number>();
  let left = 0;

  const fails = ({ kind, whole, parts }: Sum): boolean => {
    const total = values[whole] ?? 0;
    const gap = total - parts.reduce((sum, part) => sum + (values[part] ?? 0), 0);
    return kind === 'equal' ? gap !== 0 : gap > 0 || parts.some((part) => (values[part] ?? 0) > total);
  };
  const shift = ({ place, by }: Move): void => {
    values[place] = (values[place] ?? 0) + by;
    for (const index of touching[place] ?? []) {
      const sum = sums[index];
      if (sum !== undefined && fails(sum)) failing.add(index);
      else failing.delete(index);
    }
  };
  const make = (move: Move): void => {
    moved.set(move.place, move.by);
    shift(move);
  };
  const unmake = ({ place, by }: Move): void => {
    moved.delete(place);
    shift({ place, by: -by });
  };
  const fits = ({ place, by }: Move, within: readonly Domain[]): boolean => {
    const domain = within[place];
    const value = (values[place] ?? 0) + by;
    return domain !== undefined && value >= domain.low && value <= domain.high;
  };
  const mayMake = (move: Move): boolean => !moved.has(move.place) && fits(move, domains);
  /** Of two that leave what is wished, the smaller count is the smaller loss. */
  const sizeOf = (move: Move): number => (fits(move, wished) ? 0 : (counts[move.place] ?? 0));
  const costOf = (move: Move): number => {
    const unwished = fits(move, wished) ? 0 : 1;
    make(move);
    const failures = failing.size;
    unmake(move);
    return failures + unwished;
  };

  /** What was moved, as soon as no sum fails; otherwise the sum with the fewest ways to mend it is mended, in each. */
  const mend = (moves: number): Difference | undefined => {
    if (failing.size === 0) return new Map(moved);
    if (moves <= 0) return undefined;
    const [fewest = []] = [...failing]
      .flatMap((index) => sums[index] ?? [])
      .map((sum) => mendingMoves(sum, (place) => values[place] ?? 0).filter(mayMake))
      .toSorted((one, other) => one.length - other.length);
    const ways = fewest
      .map((move) => ({ move, cost: costOf(move) }))
      .toSorted((one, other) => one.cost - other.cost || sizeOf(one.move) - sizeOf(other.move));
    for (const { move } of ways) {
      if (left <= 0) return undefined;
      left -= 1;
      make(move);
      const found = mend(moves - 1);
      unmake(move);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return (place, known, hoped) => {
    [domains, wished] = [known, hoped];
    for (const { moves, tables } of reach) {
      for (const by of [1, -1]) {
        if (!mayMake({ place, by })) continue;
        left = tables;
        make({ place, by });
        const found = mend(moves);
        unmake({ place, by });
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
}

/** By place, the sums that it is part of, by their place in the list. */
function touchingSums(places: number, sums: readonly Sum[]): readonly (readonly number[])[] {
  const touching = Array.from({ length: places }, (): number[] => []);
  for (const [index, { whole, parts }] of sums.entries()) {
    for (const place of [whole, ...parts]) touching[place]?.push(index);
  }
  return touching;
}

/** The moves of which one at least is needed before this sum holds again. */
function mendingMoves({ kind, whole, parts }: Sum, valueOf: (place: number) => number): Move[] {
  const total = valueOf(whole);
  const gap = total - parts.reduce((sum, part) => sum + valueOf(part), 0);
  if (gap > 0 || kind === 'equal') {
    const by = Math.sign(gap);
    return [{ place: whole, by: -by }, ...parts.map((place) => ({ place, by }))];
  }
  const larger = parts.find((part) => valueOf(part) > total);
  return [{ place: whole, by: 1 }, ...(larger === undefined ? [] : [{ place: larger, by: -1 }])];
}
