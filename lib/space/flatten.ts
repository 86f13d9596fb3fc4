import { arrays, type TypedArray, view } from './dtype.ts';
import { boundsOf } from './leaves.ts';
import type { Pack } from './pack.ts';
import type { Leaf, Struct } from './struct.ts';

/** Writes a structured value as floats: one-hot choices, numbers as they are. */
export type Flatten = (value: unknown, flat: Float32Array, offset?: number) => void;

export function flattener(struct: Struct, pack: Pack): Flatten {
  const { leaves, dtype, width, size } = struct;
  const row = new arrays[dtype](width);
  const views = leaves.map((leaf) => viewOf(leaf, row));
  const lows = leaves.map(({ space }) => boundsOf(space)[0]);
  const sizes = leaves.map(sizesOf);
  return (value, flat, offset = 0) => {
    checkFloats('flatten', flat, offset, size);
    pack(value, row, 0);
    for (let k = 0; k < leaves.length; k++) {
      const at = offset + leaves[k].flatOffset;
      const [values, choices] = [views[k], sizes[k]];
      if (!choices) for (let i = 0; i < values.length; i++) flat[at + i] = Number(values[i]);
      else oneHot(values as Int32Array, lows[k], choices, flat, at);
    }
  };
}

function oneHot(
  values: Int32Array,
  starts: ArrayLike<number>,
  sizes: ArrayLike<number>,
  flat: Float32Array,
  offset: number,
): void {
  for (let i = 0, at = offset; i < values.length; at += sizes[i++]) {
    flat.fill(0, at, at + sizes[i]);
    flat[at + values[i] - starts[i]] = 1;
  }
}

/** How many choices each element of a leaf has, or undefined if its elements are plain numbers. */
export function sizesOf({ space }: Leaf): ArrayLike<number> | undefined {
  if (space.type === 'Discrete') return [space.n];
  return space.type === 'MultiDiscrete' ? space.nvec : undefined;
}

/** A leaf's elements in a packed row. */
export function viewOf({ dtype, offset, length }: Leaf, row: TypedArray): TypedArray {
  return view(dtype, row.buffer, offset, length);
}

/** @throws RangeError unless there are as many floats */
export function checkFloats(caller: string, flat: ArrayLike<number>, offset: number, size: number): void {
  if (!(Number.isInteger(offset) && offset >= 0 && offset + size <= flat.length))
    throw new RangeError(`${caller}: expected ${size} floats from ${offset} on, got ${flat.length} in all`);
}
