import { show } from './paths.ts';

/** The choices that are allowed: one flag for each. */
export type ChoiceMask = ArrayLike<number | boolean>;

/** @throws RangeError if there is a mask and something is wrong with it */
export function checkMask(mask: unknown, maskProblem: (mask: unknown) => string | undefined): void {
  const problem = mask === undefined ? undefined : maskProblem(mask);
  if (problem) throw new RangeError(`sample: ${problem}`);
}

/** What is wrong with the flags of n choices, or undefined. */
export function flagsProblem(mask: unknown, n: number, path: string): string | undefined {
  const problem = lengthProblem(mask, n, 'flags', path);
  if (problem) return problem;
  const flags = mask as ChoiceMask;
  let allowed = 0;
  for (let i = 0; i < n; i++) {
    const flag = flags[i];
    if (!(flag === 0 || flag === 1 || typeof flag === 'boolean'))
      return `${path}[${i}]: expected 0 or 1, got ${show(flag)}`;
    allowed += Number(flag);
  }
  return allowed > 0 ? undefined : `${path}: expected at least one allowed choice, got none`;
}

/** What is wrong with an array that should have n elements, or undefined. */
export function lengthProblem(mask: unknown, n: number, what: string, path: string): string | undefined {
  if (!Array.isArray(mask) && !ArrayBuffer.isView(mask))
    return `${path}: expected ${n} ${what}, got ${show(mask)}`;
  const { length } = mask as ArrayLike<unknown>;
  return length === n ? undefined : `${path}: expected ${n} ${what}, got ${length}`;
}

/** The mask of a field, if there is one: not what every object has under a name such as `constructor`. */
export function fieldMask(mask: unknown, name: string): unknown {
  return mask !== undefined && Object.hasOwn(mask as object, name)
    ? (mask as Record<string, unknown>)[name]
    : undefined;
}
