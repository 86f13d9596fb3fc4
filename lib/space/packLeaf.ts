import { within } from './box.ts';
import { arrays, type Dtype, isBig, isFloat, rangeOf, type TypedArray } from './dtype.ts';
import { boundsOf } from './leaves.ts';
import { elementsOf } from './numbers.ts';
import type { Leaf } from './struct.ts';

/** How a leaf's values are checked and where they are written, found out beforehand. */
export interface LeafPlan {
  readonly dtype: Dtype;
  /** Of typed arrays of the type. */
  readonly prototype: object;
  /** Which of the views. */
  readonly view: number;
  /** Elements of the view from one row to the next, and from the row's beginning to the leaf. */
  readonly pitch: number;
  readonly at: number;
  readonly length: number;
  readonly shape: readonly number[];
  /** A number alone is a value of it. */
  readonly scalar: boolean;
  /** Arrays are values of it. */
  readonly array: boolean;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** There is nothing to compare: every element of the type is between the bounds, and they are many. */
  readonly free: boolean;
}

/** @param dtypes the element types of the views, among which the leaf's is */
export function planOf(
  { space, dtype, length, offset }: Leaf,
  bytes: number,
  dtypes: readonly Dtype[],
): LeafPlan {
  const size = arrays[dtype].BYTES_PER_ELEMENT;
  const [low, high] = boundsOf(space);
  // As the type rounds them, and finite, so that two comparisons refuse NaN and infinities as well.
  const most = dtype === 'f32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const stored = (bound: number) =>
    Math.max(-most, Math.min(most, dtype === 'f32' ? Math.fround(bound) : bound));
  const [least, greatest] = rangeOf(dtype);
  return {
    dtype,
    prototype: arrays[dtype].prototype,
    view: dtypes.indexOf(dtype),
    pitch: bytes / size,
    at: offset / size,
    length,
    shape: space.type === 'Discrete' ? [] : space.shape,
    scalar: space.type === 'Discrete' || space.shape.length === 0,
    array: space.type !== 'Discrete',
    lows: low.map(stored),
    highs: high.map(stored),
    free:
      length >= 64 &&
      !isFloat(dtype) &&
      low.every((bound) => bound === least) &&
      high.every((bound) => bound === greatest),
  };
}

/** Writes a leaf's value into a view, if the leaf contains it; else returns false, and part of it may be written. */
export function writeLeaf(leaf: LeafPlan, value: unknown, to: TypedArray, row: number): boolean {
  const at = row * leaf.pitch + leaf.at;
  if (typeof value === 'number') return leaf.scalar && writeElement(leaf, value, to, at, 0);
  if (!leaf.array) return false;
  // Of a class made from the type, or of another type, this is not the prototype: slower, but no less exact.
  if (Object.getPrototypeOf(value ?? leaf) === leaf.prototype)
    return writeTyped(leaf, value as TypedArray, to, at);
  const flat = Array.isArray(value) && value.length === leaf.length && !Array.isArray(value[0]);
  const elements = flat ? value : elementsOf(value, leaf.shape, leaf.dtype, '');
  if (typeof elements === 'string') return false;
  for (let i = 0; i < leaf.length; i++) if (!writeElement(leaf, elements[i], to, at, i)) return false;
  return true;
}

function writeElement(leaf: LeafPlan, element: unknown, to: TypedArray, at: number, i: number): boolean {
  if (!within(element, leaf.dtype, leaf.lows[i], leaf.highs[i])) return false;
  to[at + i] = (isBig(leaf.dtype) ? BigInt(element as number) : element) as never;
  return true;
}

function writeTyped(leaf: LeafPlan, from: TypedArray, to: TypedArray, at: number): boolean {
  if (from.length !== leaf.length) return false;
  if (leaf.free) {
    to.set(from as never, at);
    return true;
  }
  if (leaf.dtype === 'f32') return copyFloats(leaf, from as Float32Array, to as Float32Array, at);
  if (leaf.dtype === 'u8') return copyBytes(leaf, from as Uint8Array, to as Uint8Array, at);
  return copy(leaf, from as Float64Array, to as Float64Array, at);
}

// A loop that has met more than four element types takes several times as long: the two usual ones have their own.

function copyFloats(
  { length, lows, highs }: LeafPlan,
  from: Float32Array,
  to: Float32Array,
  at: number,
): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}

function copyBytes({ length, lows, highs }: LeafPlan, from: Uint8Array, to: Uint8Array, at: number): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}

function copy({ length, lows, highs }: LeafPlan, from: Float64Array, to: Float64Array, at: number): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}
