import type { Column } from './arena.ts';
import { CheckpointError } from './errors.ts';
import type { Json, Saved, Tensor } from './nouns.ts';

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

/** Saved values, which have these names and no others. @throws CheckpointError saying which they have */
export function checkNames<N extends string>(
  owner: string,
  values: Json | object | undefined,
  names: readonly N[],
): Readonly<Record<N, Json>> {
  const found = typeof values === 'object' && values !== null ? Object.keys(values) : [];
  if (found.length !== names.length || !names.every((name) => found.includes(name))) {
    throw new CheckpointError(
      `checkpoint: expected ${owner} with the names ${names.join(', ')}, got ${found.join(', ').slice(0, 200) || 'none'}`,
    );
  }
  return values as Readonly<Record<N, Json>>;
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
