import type { Random } from '../random.ts';
import { kindOf } from './paths.ts';
import type { Space, Tuple } from './space.ts';

/** @throws TypeError unless each is a space */
export function tuple<const S extends readonly Space[]>(spaces: S): Tuple<S>;
export function tuple(spaces: readonly Space[]): unknown {
  for (const [i, space] of spaces.entries()) {
    if (typeof space?.problem !== 'function')
      throw new TypeError(`tuple: expected a space at [${i}], got ${kindOf(space)}`);
  }
  const own = [...spaces];
  const problem = (value: unknown, path = 'value') => {
    if (!Array.isArray(value)) return `${path}: expected an array of ${own.length}, got ${kindOf(value)}`;
    if (value.length !== own.length)
      return `${path}: expected an array of ${own.length}, got ${value.length}`;
    for (let i = 0; i < own.length; i++) {
      const found = own[i].problem(value[i], `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  };
  return {
    type: 'Tuple',
    spaces: own,
    problem,
    contains: (value: unknown): value is never => problem(value) === undefined,
    sample: (random: Random, mask?: readonly unknown[]) =>
      own.map((space, i) => (space as AnySpace).sample(random, mask?.[i])),
    toJSON: () => ({ type: 'Tuple', spaces: own.map((space) => space.toJSON()) }),
  };
}

/** A space whose masks are its own business. */
interface AnySpace {
  sample(random: Random, mask?: unknown): unknown;
}
