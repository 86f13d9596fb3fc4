import type { Column } from './arena.ts';
import { CheckpointError } from './errors.ts';
import type { Saved, Tensor } from './nouns.ts';

/** Copies of columns, as flat tensors. */
export function copies(columns: Readonly<Record<string, Column>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, { shape: [column.length], data: column.slice() }]),
  );
}

/** Throws a CheckpointError unless every column has a tensor of its type and length. */
export function checkTensors(
  owner: string,
  columns: Readonly<Record<string, Column>>,
  tensors: Saved['tensors'],
): void {
  for (const [name, column] of Object.entries(columns)) {
    const data = tensors[name]?.data;
    if (data?.constructor !== column.constructor || data.length !== column.length) {
      const got = data ? `${data.constructor.name}[${data.length}]` : 'none';
      throw new CheckpointError(
        `checkpoint: expected ${owner}.${name} as ${column.constructor.name}[${column.length}], got ${got}`,
      );
    }
  }
}

/** Writes tensors into the columns of the same names; to be called after `checkTensors`. */
export function restoreColumns(columns: Readonly<Record<string, Column>>, tensors: Saved['tensors']): void {
  for (const [name, column] of Object.entries(columns)) column.set(tensors[name].data);
}

/** A saved counter. @throws CheckpointError unless it is a non-negative integer */
export function savedCount(owner: string, saved: Saved, name: string): number {
  const value = saved.values[name];
  if (!(Number.isSafeInteger(value) && (value as number) >= 0)) {
    throw new CheckpointError(
      `checkpoint: expected ${owner}.${name} as a count, got ${JSON.stringify(value)}`,
    );
  }
  return value as number;
}
