import { arrays, greatestBig, isBig, isFloat, type TypedArray, view } from './dtype.ts';
import { boundsOf } from './leaves.ts';
import type { Pack } from './pack.ts';
import { show } from './paths.ts';
import type { Leaf, Struct } from './struct.ts';
import type { Unpack } from './unpack.ts';

/** Writes a structured value as floats: one-hot choices, numbers as they are. */
export type Flatten = (value: unknown, flat: Float32Array, offset?: number) => void;
/** The structured value that floats stand for. */
export type Unflatten = (flat: ArrayLike<number>, offset?: number) => unknown;

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

export function unflattener(struct: Struct, unpack: Unpack): Unflatten {
  const { leaves, dtype, width, size } = struct;
  return (flat, offset = 0) => {
    checkFloats('unflatten', flat, offset, size);
    const row = new arrays[dtype](width);
    for (const leaf of leaves) {
      const at = offset + leaf.flatOffset;
      if (sizesOf(leaf)) readChoices(leaf, viewOf(leaf, row) as Int32Array, flat, at);
      else readNumbers(leaf, viewOf(leaf, row) as Float64Array, flat, at);
    }
    return unpack(row, 0);
  };
}

function readChoices(leaf: Leaf, values: Int32Array, flat: ArrayLike<number>, offset: number): void {
  const [starts] = boundsOf(leaf.space);
  const sizes = sizesOf(leaf) as ArrayLike<number>;
  for (let i = 0, at = offset; i < values.length; at += sizes[i++]) {
    let hot = -1;
    for (let j = 0; j < sizes[i]; j++) {
      const x = flat[at + j];
      if (x === 1 && hot < 0) hot = j;
      else if (x !== 0)
        throw new RangeError(`${nameOf(leaf, i)}: expected one 1 among 0s, got ${show(x)} at ${j}`);
    }
    if (hot < 0) throw new RangeError(`${nameOf(leaf, i)}: expected one 1 among 0s, got none`);
    values[i] = starts[i] + hot;
  }
}

function readNumbers(leaf: Leaf, values: Float64Array, flat: ArrayLike<number>, offset: number): void {
  const [lows, highs] = boundsOf(leaf.space);
  const whole = !isFloat(leaf.dtype);
  for (let i = 0; i < values.length; i++) {
    const x = flat[offset + i];
    const [low, high] = [lows[i], highs[i]];
    // A bound is known as its float32.
    if (
      !(
        x >= Math.fround(low) &&
        x <= Math.fround(high) &&
        Number.isFinite(x) &&
        !(whole && !Number.isInteger(x))
      )
    ) {
      const what = whole ? 'an integer' : 'a finite number';
      throw new RangeError(`${nameOf(leaf, i)}: expected ${what} in [${low}, ${high}], got ${show(x)}`);
    }
    const inside = Math.max(low, Math.min(high, x));
    values[i] = (isBig(leaf.dtype) ? toBig(leaf.dtype, inside) : inside) as never;
  }
}

function toBig(dtype: 'i64' | 'u64', value: number): bigint {
  const greatest = greatestBig(dtype);
  return BigInt(value) < greatest ? BigInt(value) : greatest;
}

/** How many choices each element of a leaf has, or undefined if its elements are plain numbers. */
export function sizesOf({ space }: Leaf): ArrayLike<number> | undefined {
  if (space.type === 'Discrete') return [space.n];
  return space.type === 'MultiDiscrete' ? space.nvec : undefined;
}

function viewOf({ dtype, offset, length }: Leaf, row: TypedArray): TypedArray {
  return view(dtype, row.buffer, offset, length);
}

function nameOf({ path, space }: Leaf, i: number): string {
  const scalar = space.type === 'Discrete' || space.shape.length === 0;
  return `unflatten: value${path}${scalar ? '' : `[${i}]`}`;
}

function checkFloats(caller: string, flat: ArrayLike<number>, offset: number, size: number): void {
  if (!(Number.isInteger(offset) && offset >= 0 && offset + size <= flat.length))
    throw new RangeError(`${caller}: expected ${size} floats from ${offset} on, got ${flat.length} in all`);
}
