// Seeded randomness for the sandbox: the same seed gives the same people on every machine (mulberry32, public domain).

export interface Random {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** An integer in [from, to], both included. */
  between(from: number, to: number): number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  pick<T>(choices: readonly T[]): T;
  /** One key of a table of weights. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: <T>(choices: readonly T[]): T => {
      const choice = choices[between(0, choices.length - 1)];
      if (choice === undefined) throw new RangeError('pick needs at least one choice');
      return choice;
    },
    weighted: <K extends string>(weights: Readonly<Record<K, number>>): K => {
      const keys = Object.keys(weights) as K[];
      let left = next() * keys.reduce((sum, key) => sum + weights[key], 0);
      const found = keys.find((key) => (left -= weights[key]) < 0) ?? keys.at(-1);
      if (found === undefined) throw new RangeError('weighted needs at least one key');
      return found;
    },
  };
}
