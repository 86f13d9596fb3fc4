import type { Random } from '../random.ts';
import { type ChoiceMask, checkMask, flagsProblem } from './masks.ts';
import { show } from './paths.ts';

/** The integers start … start + n − 1. */
export interface Discrete {
  readonly type: 'Discrete';
  readonly n: number;
  readonly start: number;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is number;
  /** What is wrong with a mask, and where, or undefined. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /** @param mask [n] 1 where a choice is allowed. @throws RangeError if none is, or there are not n flags */
  sample(random: Random, mask?: ChoiceMask): number;
  toJSON(): { readonly type: 'Discrete'; readonly n: number; readonly start: number };
}

/** @throws RangeError unless n is a positive integer, start an integer, and all values fit into 32 bits */
export function discrete(n: number, start = 0): Discrete {
  checkChoices('discrete: n', n);
  checkStart('discrete: start', n, start);
  const problem = (value: unknown, path = 'value') =>
    Number.isInteger(value) && (value as number) >= start && (value as number) < start + n
      ? undefined
      : `${path}: expected an integer in [${start}, ${start + n}), got ${show(value)}`;
  const maskProblem = (mask: unknown, path = 'mask') => flagsProblem(mask, n, path);
  return {
    type: 'Discrete',
    n,
    start,
    problem,
    contains: (value): value is number => problem(value) === undefined,
    maskProblem,
    sample(random, mask) {
      checkMask(mask, maskProblem);
      return start + draw(random, n, mask);
    },
    toJSON: () => ({ type: 'Discrete', n, start }),
  };
}

/** @throws RangeError unless n is a positive integer of 31 bits */
export function checkChoices(name: string, n: number): void {
  if (!(Number.isInteger(n) && n > 0 && n < 2 ** 31))
    throw new RangeError(`${name} must be a positive integer, got ${show(n)}`);
}

/** @throws RangeError unless start … start + n − 1 are 32-bit integers */
export function checkStart(name: string, n: number, start: number): void {
  if (!(Number.isInteger(start) && start >= -(2 ** 31) && start + n <= 2 ** 31))
    throw new RangeError(
      `${name} must be an integer, and the values must fit into 32 bits, got ${show(start)}`,
    );
}

/** An index among n, of those that the mask allows. */
export function draw(random: Random, n: number, mask: ChoiceMask | undefined): number {
  if (!mask) return random.integer(0, n);
  let allowed = 0;
  for (let i = 0; i < n; i++) allowed += Number(mask[i]);
  let left = random.integer(0, allowed);
  for (let i = 0; ; i++) if (mask[i] && left-- === 0) return i;
}
