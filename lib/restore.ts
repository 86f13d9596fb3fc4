import type { Column } from './arena.ts';
import { canonicalJson } from './checkpoint.ts';
import { CheckpointError } from './errors.ts';
import type { Json, Saved, Tensor } from './nouns.ts';
import { field } from './space/paths.ts';

type Tensors = Saved['tensors'];

/** Copies of columns, as flat tensors. */
export function copies(columns: Readonly<Record<string, Column>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, { shape: [column.length], data: column.slice() }]),
  );
}

/** Throws a CheckpointError unless every expected tensor is there, in the same type and shape, and no other. */
export function checkTensors(owner: string, expected: Tensors, tensors: Tensors): void {
  for (const [name, tensor] of Object.entries(expected)) {
    const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!found || describe(found) !== describe(tensor)) {
      throw new CheckpointError(
        `checkpoint: expected ${owner}.${name} as ${describe(tensor)}, got ${found ? describe(found) : 'none'}`,
      );
    }
  }
  for (const name of Object.keys(tensors)) {
    if (!Object.hasOwn(expected, name))
      throw new CheckpointError(`checkpoint: expected no ${owner}.${name}, got ${describe(tensors[name])}`);
  }
}

function describe({ shape, data }: Tensor): string {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) return `${data.length} elements of shape [${shape.join(', ')}]`;
  return `${data.constructor.name} [${shape.join(', ')}]`;
}

/** Flat views of columns as tensors, to compare with. */
export function views(columns: Readonly<Record<string, Column>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, data]) => [name, { shape: [data.length], data }]),
  );
}

/** The entries under longer names. */
export function prefixed<T>(prefix: string, entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [prefix + name, entry]));
}

/** The entries whose names begin with the prefix, without it. */
export function unprefixed<T>(prefix: string, entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, entry]) => [name.slice(prefix.length), entry]),
  );
}

/** Writes tensors into the columns of the same names; to be called after `checkTensors`. */
export function restoreColumns(columns: Readonly<Record<string, Column>>, tensors: Saved['tensors']): void {
  for (const [name, column] of Object.entries(columns)) column.set(tensors[name].data);
}

/** Entries that have these names and no others. @throws CheckpointError naming one that is missing, or unexpected */
export function checkNames<N extends string>(
  owner: string,
  entries: Json | object | undefined,
  names: readonly N[],
): Readonly<Record<N, Json>> {
  const found = new Set(typeof entries === 'object' && entries !== null ? Object.keys(entries) : []);
  for (const name of names)
    if (!found.delete(name))
      throw new CheckpointError(`checkpoint: expected ${field(owner, name)}, got none`);
  for (const name of found) throw new CheckpointError(`checkpoint: expected no ${field(owner, name)}`);
  return entries as Readonly<Record<N, Json>>;
}

/** Checks that saved values are the expected ones. @throws CheckpointError naming the first difference */
export function checkSame(path: string, expected: Json, found: Json): void {
  if (canonicalJson(expected) === canonicalJson(found)) return;
  if (isNested(expected) && isNested(found)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const inner = Array.isArray(expected) ? `${path}[${name}]` : field(path, name);
      checkSame(inner, own(expected, name), own(found, name));
    }
  }
  throw new CheckpointError(`checkpoint: ${path}: expected ${brief(expected)}, got ${brief(found)}`);
}

function isNested(json: Json): json is Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null;
}

function own(json: Readonly<Record<string, Json>>, name: string): Json {
  return Object.hasOwn(json, name) ? json[name] : null;
}

function brief(json: Json): string {
  const text = canonicalJson(json);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Checks that all elements are finite, and at least `low`. @throws CheckpointError naming the first that is not */
export function checkFinite(owner: string, tensors: Tensors, low = Number.NEGATIVE_INFINITY): void {
  const expected = low > Number.NEGATIVE_INFINITY ? `a finite number ≥ ${low}` : 'a finite number';
  for (const [name, { data }] of Object.entries(tensors)) {
    for (let i = 0; i < data.length; i++) {
      if (!(Number.isFinite(data[i]) && data[i] >= low))
        throw new CheckpointError(`checkpoint: ${owner}.${name}[${i}]: expected ${expected}, got ${data[i]}`);
    }
  }
}

/** A saved counter. @throws CheckpointError unless it is an integer in [0, most]; by default there is room to count on */
export function savedCount(owner: string, saved: Saved, name: string, most = 2 ** 52): number {
  const value = saved.values[name];
  if (!(Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most)) {
    throw new CheckpointError(
      `checkpoint: expected ${owner}.${name} as a count, got ${JSON.stringify(value)}`,
    );
  }
  return value as number;
}
