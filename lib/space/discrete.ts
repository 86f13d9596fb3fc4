import type { Random } from '../random.ts';

/** The choices that are allowed: one flag for each. */
export type ChoiceMask = ArrayLike<number | boolean>;

/** The integers start … start + n − 1. */
export interface Discrete {
  readonly type: 'Discrete';
  readonly n: number;
  readonly start: number;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is number;
  /** @param mask [n] 1 where a choice is allowed. @throws RangeError if none is, or there are not n flags */
  sample(random: Random, mask?: ChoiceMask): number;
  toJSON(): { readonly type: 'Discrete'; readonly n: number; readonly start: number };
}

/** @throws RangeError unless n is a positive integer, start an integer, and all values fit into 32 bits */
export function discrete(n: number, start = 0): Discrete {
  if (!(Number.isInteger(n) && n > 0))
    throw new RangeError(`discrete: n must be a positive integer, got ${n}`);
  checkStart('discrete', n, start);
  const problem = (value: unknown, path = 'value') =>
    Number.isInteger(value) && (value as number) >= start && (value as number) < start + n
      ? undefined
      : `${path}: expected an integer in [${start}, ${start + n}), got ${String(value)}`;
  return {
    type: 'Discrete',
    n,
    start,
    problem,
    contains: (value): value is number => problem(value) === undefined,
    sample: (random, mask) => start + sampleChoice(random, n, mask, 'mask'),
    toJSON: () => ({ type: 'Discrete', n, start }),
  };
}

/** @throws RangeError unless start … start + n − 1 are 32-bit integers */
export function checkStart(caller: string, n: number, start: number): void {
  if (!(Number.isInteger(start) && start >= -(2 ** 31) && start + n <= 2 ** 31))
    throw new RangeError(
      `${caller}: start must be an integer, and the values must fit into 32 bits, got ${start}`,
    );
}

/** An index among n, of those that the mask allows. */
export function sampleChoice(random: Random, n: number, mask: ChoiceMask | undefined, path: string): number {
  if (!mask) return random.integer(0, n);
  const problem = choiceMaskProblem(n, mask, path);
  if (problem) throw new RangeError(`sample: ${problem}`);
  let left = random.integer(0, countAllowed(mask));
  for (let i = 0; ; i++) if (mask[i] && left-- === 0) return i;
}

/** What is wrong with the mask of n choices, or undefined. */
export function choiceMaskProblem(n: number, mask: ChoiceMask, path: string): string | undefined {
  if (mask.length !== n) return `${path}: expected ${n} flags, got ${mask.length}`;
  return countAllowed(mask) > 0 ? undefined : `${path}: expected at least one allowed choice, got none`;
}

function countAllowed(mask: ChoiceMask): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += +Boolean(mask[i]);
  return count;
}
