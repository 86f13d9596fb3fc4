/** Numbers for specs, from a linear congruential generator: `uniform(low, high)` as float32, `below(n)` as an integer. */
export function random(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    uniform: (low: number, high: number) => Math.fround(low + (high - low) * next()),
    below: (n: number) => Math.floor(n * next()),
    chance: (probability: number) => +(next() < probability),
  };
}

/** `n` results of f(i). */
export function times<T>(n: number, f: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => f(i));
}
