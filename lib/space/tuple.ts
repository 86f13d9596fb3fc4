import type { Random } from '../random.ts';
import { checkMask, lengthProblem } from './masks.ts';
import { show } from './paths.ts';
import type { Space, Tuple } from './space.ts';

/** @throws TypeError unless there is at least one space, and nothing else */
export function tuple<const S extends readonly Space[]>(spaces: S): Tuple<S>;
export function tuple(given: readonly Space[]): unknown {
  if (!Array.isArray(given)) throw new TypeError(`tuple: expected an array of spaces, got ${show(given)}`);
  if (given.length === 0) throw new TypeError('tuple: expected at least one space, got none');
  const spaces: readonly Space[] = [...given];
  for (const [i, space] of spaces.entries()) {
    if (typeof space?.problem !== 'function')
      throw new TypeError(`tuple: expected a space at [${i}], got ${show(space)}`);
  }
  const { length } = spaces;
  const problem = (value: unknown, path = 'value') => {
    if (!Array.isArray(value)) return `${path}: expected an array of ${length}, got ${show(value)}`;
    if (value.length !== length) return `${path}: expected an array of ${length}, got ${value.length}`;
    for (let i = 0; i < length; i++) {
      const found = spaces[i].problem(value[i], `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  };
  const maskProblem = (mask: unknown, path = 'mask') => {
    const wrong = lengthProblem(mask, length, 'masks', path);
    if (wrong) return wrong;
    for (let i = 0; i < length; i++) {
      const part = (mask as readonly unknown[])[i];
      const found = part === undefined ? undefined : spaces[i].maskProblem(part, `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  };
  return {
    type: 'Tuple',
    spaces,
    problem,
    contains: (value: unknown): value is never => problem(value) === undefined,
    maskProblem,
    sample(random: Random, mask?: readonly never[]) {
      checkMask(mask, maskProblem);
      return spaces.map((space, i) => space.sample(random, mask?.[i]));
    },
    toJSON: () => ({ type: 'Tuple', spaces: spaces.map((space) => space.toJSON()) }),
  };
}
