import type { Random } from '../random.ts';
import { checkMask, fieldMask } from './masks.ts';
import { field, show } from './paths.ts';
import type { Dict, Fields, Space } from './space.ts';

type Entries = readonly (readonly [string, Space])[];
type FieldsOf<E extends Entries> = { readonly [P in E[number] as P[0]]: P[1] };

/**
 * From an object, whose names are put in the order of their code points, as Gymnasium does; or from [name, space]
 * pairs, whose order stays. (Objects would put names like '10' first.)
 *
 * @throws TypeError if there is no name, one occurs twice, or what is under it is no space
 */
export function dict<const E extends Entries>(entries: E): Dict<FieldsOf<E>>;
export function dict<F extends Fields>(fields: F): Dict<F>;
export function dict(given: Fields | Entries): unknown {
  const entries = entriesOf(given);
  const fields = record(entries);
  const problem = (value: unknown, path = 'value') => {
    if (!isRecord(value)) return `${path}: expected an object, got ${show(value)}`;
    for (const [name, space] of entries) {
      const item = value[name];
      if (item === undefined) return `${field(path, name)}: expected a ${space.type}, got nothing`;
      const found = space.problem(item, field(path, name));
      if (found) return found;
    }
    const strange = strangeName(value, fields);
    return strange === undefined ? undefined : `${field(path, strange)}: the space has no such field`;
  };
  const maskProblem = (mask: unknown, path = 'mask') => {
    if (!isRecord(mask)) return `${path}: expected an object of masks, got ${show(mask)}`;
    for (const [name, space] of entries) {
      const part = fieldMask(mask, name);
      const found = part === undefined ? undefined : space.maskProblem(part, field(path, name));
      if (found) return found;
    }
    const strange = strangeName(mask, fields);
    return strange === undefined ? undefined : `${field(path, strange)}: the space has no such field`;
  };
  return {
    type: 'Dict',
    entries,
    fields,
    problem,
    contains: (value: unknown): value is never => problem(value) === undefined,
    maskProblem,
    sample(random: Random, mask?: Readonly<Record<string, unknown>>) {
      checkMask(mask, maskProblem);
      return record(
        entries.map(([name, space]) => [name, space.sample(random, fieldMask(mask, name) as never)]),
      );
    },
    toJSON: () => ({
      type: 'Dict',
      entries: entries.map(([name, space]) => [name, space.toJSON()] as const),
    }),
  };
}

function entriesOf(given: Fields | Entries): Entries {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`dict: expected an object of spaces, or [name, space] pairs, got ${show(given)}`);
  const pairs: readonly unknown[] = Array.isArray(given)
    ? given
    : Object.entries(given).sort(([a], [b]) => compareCodePoints(a, b));
  const names = new Set<string>();
  const entries = pairs.map((pair): Entries[number] => {
    const [name, space] = Array.isArray(pair) ? pair : [];
    if (typeof name !== 'string')
      throw new TypeError(`dict: expected a [name, space] pair, got ${show(pair)}`);
    const where = JSON.stringify(name);
    if (typeof space?.problem !== 'function')
      throw new TypeError(`dict: expected a space under ${where}, got ${show(space)}`);
    if (names.has(name)) throw new TypeError(`dict: the name ${where} occurs twice`);
    names.add(name);
    return [name, space];
  });
  if (entries.length === 0) throw new TypeError('dict: expected at least one space, got none');
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A name in the object that is none of the fields, or undefined. */
export function strangeName(value: object, fields: Fields): string | undefined {
  for (const name in value) if (!Object.hasOwn(fields, name)) return name;
  return undefined;
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
