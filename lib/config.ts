import { produce } from 'immer';
import { ConfigError } from './errors.ts';
import { nearest } from './nearest.ts';
import type { Json } from './nouns.ts';

/** One key of a configuration: its default, and what values it takes. */
export interface Field<T> {
  readonly initial: T;
  /** What a value must be, for error messages: "a positive integer". */
  readonly expected: string;
  accepts(value: unknown): boolean;
}

/** Keys of a configuration; a nested object is a group of keys. */
export interface Schema {
  readonly [key: string]: Field<unknown> | Schema;
}

export type Config<S> = {
  readonly [K in keyof S]: S[K] extends Field<infer T> ? T : Config<S[K]>;
};

export type PartialConfig<S> = {
  readonly [K in keyof S]?: S[K] extends Field<infer T> ? T : PartialConfig<S[K]>;
};

function field<T>(initial: T, expected: string, accepts: (value: unknown) => boolean): Field<T> {
  return { initial, expected, accepts };
}

/** A positive integer. */
export function count(initial: number): Field<number> {
  return field(
    initial,
    'a positive integer',
    (value) => Number.isSafeInteger(value) && (value as number) > 0,
  );
}

/** An integer in [0, 2⁵³). */
export function natural(initial: number): Field<number> {
  return field(
    initial,
    'a non-negative integer',
    (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  );
}

/** A finite number in [low, high]. */
export function real(
  initial: number,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): Field<number> {
  const range = high < Number.POSITIVE_INFINITY ? ` in [${low}, ${high}]` : low > -high ? ` ≥ ${low}` : '';
  const expected = `a number${range}`;
  return field(initial, expected, (value) => isReal(value) && value >= low && value <= high);
}

export function flag(initial: boolean): Field<boolean> {
  return field(initial, 'true or false', (value) => typeof value === 'boolean');
}

export function choice<const T extends string>(initial: T, ...others: T[]): Field<T> {
  const names = [initial, ...others];
  return field(initial, `one of ${names.join(', ')}`, (value) => names.includes(value as T));
}

/** A list of positive integers. */
export function counts(initial: readonly number[]): Field<readonly number[]> {
  return field(
    initial,
    'a list of positive integers',
    (value) => Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item > 0),
  );
}

/** A list, empty at first, of objects that have all keys of a schema. */
export function list<S extends Schema>(schema: S): Field<readonly Config<S>[]> {
  const keys = Object.keys(schema);
  return field<readonly Config<S>[]>([], `a list of {${keys.join(', ')}}`, (value) => {
    const fits = (item: unknown) =>
      typeof item === 'object' &&
      item !== null &&
      Object.keys(item).length === keys.length &&
      keys.every((key) => (schema[key] as Field<unknown>).accepts((item as Record<string, unknown>)[key]));
    return Array.isArray(value) && value.every(fits);
  });
}

/** A value that may change over a run: constant, or from one number to another. */
export type Schedule =
  | number
  | { readonly from: number; readonly to: number; readonly shape?: 'linear' | 'cosine' };

/** A schedule of non-negative numbers. */
export function schedule(initial: Schedule): Field<Schedule> {
  return field(initial, 'a number ≥ 0, or {"from": a, "to": b, "shape": "linear" | "cosine"}', (value) => {
    if (isReal(value)) return value >= 0;
    if (typeof value !== 'object' || value === null) return false;
    const { from, to, shape = 'linear', ...rest } = value as Record<string, unknown>;
    return (
      isReal(from) &&
      isReal(to) &&
      from >= 0 &&
      to >= 0 &&
      (shape === 'linear' || shape === 'cosine') &&
      Object.keys(rest).length === 0
    );
  });
}

function isReal(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isField(entry: Field<unknown> | Schema): entry is Field<unknown> {
  return typeof entry.accepts === 'function';
}

/** The defaults of a schema. */
export function defaultsOf<S extends Schema>(schema: S): Config<S> {
  return Object.fromEntries(
    Object.entries(schema).map(([key, entry]) => [key, isField(entry) ? entry.initial : defaultsOf(entry)]),
  ) as Config<S>;
}

/**
 * The base configuration (by default the schema's own) with some values changed; immutable.
 *
 * @throws ConfigError naming an unknown key (and the nearest known one), or a key whose value has the wrong type or range
 */
export function configure<S extends Schema>(
  schema: S,
  changes: unknown,
  base: Config<S> = defaultsOf(schema),
): Config<S> {
  return produce(base, (draft) => assign(schema, draft as Record<string, Json>, changes, ''));
}

function assign(schema: Schema, target: Record<string, unknown>, changes: unknown, path: string): void {
  if (typeof changes !== 'object' || changes === null || Symbol.iterator in changes) {
    throw new ConfigError(`config ${path || '(root)'}: expected an object, got ${show(changes)}`);
  }
  for (const [key, value] of Object.entries(changes)) {
    const name = path ? `${path}.${key}` : key;
    const entry = Object.hasOwn(schema, key) ? schema[key] : undefined;
    if (!entry) {
      const guess = nearest(key, Object.keys(schema));
      throw new ConfigError(`config: unknown key ${name}${guess ? `; did you mean ${guess}?` : ''}`);
    }
    if (value === undefined) continue;
    if (!isField(entry)) assign(entry, target[key] as Record<string, unknown>, value, name);
    // A copy: the configuration is frozen, what it was made of is the caller's.
    else if (entry.accepts(value)) target[key] = structuredClone(value);
    else throw new ConfigError(`config ${name}: expected ${entry.expected}, got ${show(value)}`);
  }
}

/** As JSON, where JSON knows it: it makes null of NaN. */
function show(value: unknown): string {
  return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
}
