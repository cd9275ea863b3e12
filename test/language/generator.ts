/** Seeded randomness for tests: the same numbers on every machine. */

export interface Random {
  /** A whole number from 0 to `below - 1`. */
  next(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** xorshift32; the seed is not 0. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
  return {
    next,
    pick(items) {
      const item = items[next(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
