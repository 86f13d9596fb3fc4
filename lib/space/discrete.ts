/** The integers 0 … n − 1. */
export interface Discrete {
  readonly type: 'Discrete';
  readonly n: number;
  /** What is wrong with a value, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): boolean;
  toJSON(): { readonly type: 'Discrete'; readonly n: number };
}

/** @throws RangeError unless n is a positive integer */
export function discrete(n: number): Discrete {
  if (!(Number.isInteger(n) && n > 0))
    throw new RangeError(`discrete: n must be a positive integer, got ${n}`);
  const problem = (value: unknown, path = 'value') =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < n
      ? undefined
      : `${path}: expected an integer in [0, ${n}), got ${String(value)}`;
  return {
    type: 'Discrete',
    n,
    problem,
    contains: (value) => problem(value) === undefined,
    toJSON: () => ({ type: 'Discrete', n }),
  };
}
