import type { Random } from '../random.ts';
import { field, kindOf } from './paths.ts';
import type { Dict, Fields, Space } from './space.ts';

type Entries = readonly (readonly [string, Space])[];
type FieldsOf<E extends Entries> = { readonly [P in E[number] as P[0]]: P[1] };

/**
 * From an object, whose names are put in the order of their code points, as Gymnasium does; or from [name, space]
 * pairs, whose order stays. (Objects would put names like '10' first.)
 *
 * @throws TypeError if a name occurs twice, or what is under it is no space
 */
export function dict<const E extends Entries>(entries: E): Dict<FieldsOf<E>>;
export function dict<F extends Fields>(fields: F): Dict<F>;
export function dict(given: Fields | Entries): unknown {
  const entries: Entries = isEntries(given)
    ? given.map(([name, space]) => [name, space])
    : Object.entries(given).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [i, [name, space]] of entries.entries()) {
    if (typeof space?.problem !== 'function')
      throw new TypeError(`dict: expected a space under ${JSON.stringify(name)}, got ${kindOf(space)}`);
    if (entries.findIndex(([other]) => other === name) < i)
      throw new TypeError(`dict: the name ${JSON.stringify(name)} occurs twice`);
  }
  const fields = record(entries);
  const problem = (value: unknown, path = 'value') => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
      return `${path}: expected an object, got ${kindOf(value)}`;
    for (const [name, space] of entries) {
      if (!Object.hasOwn(value, name)) return `${field(path, name)}: expected a ${space.type}, got nothing`;
      const found = space.problem((value as Record<string, unknown>)[name], field(path, name));
      if (found) return found;
    }
    const strange = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    return strange === undefined ? undefined : `${field(path, strange)}: the space has no such field`;
  };
  return {
    type: 'Dict',
    entries,
    fields,
    problem,
    contains: (value: unknown): value is never => problem(value) === undefined,
    sample: (random: Random, mask?: Readonly<Record<string, unknown>>) =>
      record(
        entries.map(([name, space]) => [name, (space as AnySpace).sample(random, mask?.[name])]),
      ) as never,
    toJSON: () => ({
      type: 'Dict',
      entries: entries.map(([name, space]) => [name, space.toJSON()] as const),
    }),
  };
}

/** A space whose masks are its own business. */
interface AnySpace {
  sample(random: Random, mask?: unknown): unknown;
}

function isEntries(given: Fields | Entries): given is Entries {
  return Array.isArray(given);
}

/** An object with these names, '__proto__' among them. */
export function record<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries);
}

/** By code points, not by UTF-16 units: Python's order. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i].codePointAt(0) ?? 0) - (right[i].codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
