import { arrays, greatestBig, isBig, isFloat } from './dtype.ts';
import { checkFloats, sizesOf, viewOf } from './flatten.ts';
import { boundsOf } from './leaves.ts';
import { show } from './paths.ts';
import type { Leaf, Struct } from './struct.ts';
import type { Unpack } from './unpack.ts';

/** The structured value that floats stand for. */
export type Unflatten = (flat: ArrayLike<number>, offset?: number) => unknown;

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
    const exact = whole ? Number.isInteger(x) : Number.isFinite(x);
    // A bound is known as its float32.
    if (!(exact && x >= Math.fround(low) && x <= Math.fround(high))) {
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

function nameOf({ path, space }: Leaf, i: number): string {
  const scalar = space.type === 'Discrete' || space.shape.length === 0;
  return `unflatten: value${path}${scalar ? '' : `[${i}]`}`;
}
