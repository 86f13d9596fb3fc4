import type { Random } from '../random.ts';
import {
  arrays,
  type Dtype,
  dtypes,
  greatestBig,
  isBig,
  isFloat,
  rangeOf,
  type TypedArray,
} from './dtype.ts';
import { checkMask } from './masks.ts';
import { checkedShape, elementsOf, type Nested, sizeOf } from './numbers.ts';
import { show } from './paths.ts';

/** A value of a Box: a typed array, row-major; where the shape is [], a number alone. */
export type BoxValue<D extends Dtype, S extends readonly number[]> = S extends readonly []
  ? D extends 'i64' | 'u64'
    ? bigint
    : number
  : TypedArray<D>;

/** What may be given for a value of a Box: also arrays of numbers, flat or nested. */
export type BoxLike<D extends Dtype, S extends readonly number[]> =
  | BoxValue<D, S>
  | Nested<number>
  | (D extends 'i64' | 'u64' ? Nested<bigint> : never);

/**
 * An array of finite numbers of one element type, with bounds per element, both included. f32 values and bounds are
 * compared as float32: what an env's column holds at a bound of 0.1 is in the space, though it is 0.10000000149.
 */
export interface Box<D extends Dtype = Dtype, S extends readonly number[] = readonly number[]> {
  readonly type: 'Box';
  readonly dtype: D;
  readonly shape: S;
  /** Elements in all. */
  readonly size: number;
  /** [size] */
  readonly low: Float64Array;
  /** [size] */
  readonly high: Float64Array;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is BoxLike<D, S>;
  /** A Box takes no mask: any but undefined is wrong. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /**
   * Draws each element as Gymnasium does: uniform where both bounds are finite (integers: both included), exponential
   * from the one finite bound, else normal.
   */
  sample(random: Random, mask?: undefined): BoxValue<D, S>;
  toJSON(): BoxJson;
}

/** Bounds that are equal in all elements are one number; infinities are strings. */
export interface BoxJson {
  readonly type: 'Box';
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly low: Bound | Bound[];
  readonly high: Bound | Bound[];
}

type Bound = number | 'Infinity' | '-Infinity';

/**
 * @param low,high one bound of all elements, or one for each in row-major order; of integers, an infinite bound is
 *   the type's own
 * @throws RangeError if a bound or the shape makes no sense, or the type cannot hold a bound
 */
export function box<const S extends readonly number[]>(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  shape: S,
): Box<'f32', S>;
export function box<const S extends readonly number[], D extends Dtype>(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  shape: S,
  dtype: D,
): Box<D, S>;
export function box(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  dimensions: readonly number[],
  dtype: Dtype = 'f32',
): Box {
  if (!dtypes.includes(dtype))
    throw new RangeError(`box: dtype must be one of ${dtypes.join(', ')}, got ${show(dtype)}`);
  const shape = checkedShape('box', dimensions);
  const size = sizeOf(shape);
  const lows = bounds('low', low, size, dtype);
  const highs = bounds('high', high, size, dtype);
  for (let i = 0; i < size; i++) {
    // Infinite on the wrong side, they leave no number between them.
    if (!(lows[i] <= highs[i] && lows[i] < Number.POSITIVE_INFINITY && highs[i] > Number.NEGATIVE_INFINITY))
      throw new RangeError(`box: expected low[${i}] ≤ high[${i}], got ${lows[i]} and ${highs[i]}`);
  }
  const problem = (value: unknown, path = 'value') => boxProblem(value, path, shape, dtype, lows, highs);
  const maskProblem = (mask: unknown, path = 'mask') =>
    mask === undefined
      ? undefined
      : `${path}: expected nothing, since a Box takes no mask, got ${show(mask)}`;
  return {
    type: 'Box',
    dtype,
    shape,
    size,
    low: lows,
    high: highs,
    problem,
    contains: (value): value is BoxLike<Dtype, readonly number[]> => problem(value) === undefined,
    maskProblem,
    sample(random, mask) {
      checkMask(mask, maskProblem);
      const values = new arrays[dtype](size);
      for (let i = 0; i < size; i++) values[i] = sampleElement(random, dtype, lows[i], highs[i]);
      return (shape.length === 0 ? values[0] : values) as TypedArray;
    },
    toJSON: () => ({ type: 'Box', dtype, shape, low: brief(lows), high: brief(highs) }),
  };
}

function bounds(name: string, bound: number | ArrayLike<number>, size: number, dtype: Dtype): Float64Array {
  const values =
    typeof bound === 'number' ? new Float64Array(size).fill(bound) : flatBounds(name, bound, size);
  const [least, greatest] = rangeOf(dtype);
  for (let i = 0; i < size; i++) {
    const value = values[i];
    if (Number.isFinite(value) && !holds(dtype, value))
      throw new RangeError(`box: expected ${name}[${i}] to be a value of ${dtype}, got ${value}`);
    // An infinite bound of integers is the type's own; one that is infinite on the wrong side stays to be refused.
    if (value === (name === 'low' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY))
      values[i] = name === 'low' ? least : greatest;
  }
  return values;
}

/** Whether a finite number is one of the type's values; of f32, when it is rounded. */
function holds(dtype: Dtype, value: number): boolean {
  if (isFloat(dtype)) return dtype === 'f64' || Number.isFinite(Math.fround(value));
  const [least, greatest] = rangeOf(dtype);
  return Number.isInteger(value) && value >= least && value <= greatest;
}

function flatBounds(name: string, bound: ArrayLike<number>, size: number): Float64Array {
  const flat: ArrayLike<unknown> = Array.isArray(bound) ? bound.flat(Number.POSITIVE_INFINITY) : bound;
  const got = Array.isArray(flat) || ArrayBuffer.isView(flat) ? flat.length : show(flat);
  if (got !== size) throw new RangeError(`box: expected ${size} ${name} bounds, got ${got}`);
  return Float64Array.from(flat, (value, i) => {
    if (typeof value !== 'number')
      throw new RangeError(`box: expected ${name}[${i}] to be a number, got ${show(value)}`);
    return value;
  });
}

function boxProblem(
  value: unknown,
  path: string,
  shape: readonly number[],
  dtype: Dtype,
  low: Float64Array,
  high: Float64Array,
): string | undefined {
  const elements = elementsOf(value, shape, dtype, path);
  if (typeof elements === 'string') return elements;
  const what = isFloat(dtype) ? 'a finite number' : 'an integer';
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (!within(element, dtype, low[i], high[i])) {
      const at = shape.length === 0 ? path : `${path}[${i}]`;
      return `${at}: expected ${what} in [${low[i]}, ${high[i]}], got ${show(element)}`;
    }
  }
  return undefined;
}

/** Whether an element is one of the type's values between the bounds. */
export function within(element: unknown, dtype: Dtype, low: number, high: number): boolean {
  if (typeof element === 'bigint') return holdsBig(dtype, element) && element >= low && element <= high;
  if (typeof element !== 'number') return false;
  if (dtype === 'f32') {
    const stored = Math.fround(element);
    return Number.isFinite(stored) && stored >= Math.fround(low) && stored <= Math.fround(high);
  }
  const exact = dtype === 'f64' ? Number.isFinite : isBig(dtype) ? Number.isSafeInteger : Number.isInteger;
  return exact(element) && element >= low && element <= high;
}

// The bounds are doubles, and the greatest values of these types are none.
function holdsBig(dtype: Dtype, element: bigint): boolean {
  return (
    isBig(dtype) && (dtype === 'u64' ? BigInt.asUintN(64, element) : BigInt.asIntN(64, element)) === element
  );
}

function sampleElement(random: Random, dtype: Dtype, low: number, high: number): number | bigint {
  if (isBig(dtype)) return sampleBig(random, dtype, low, high);
  if (!isFloat(dtype)) return random.integer(low, high + 1);
  if (Number.isFinite(low) && Number.isFinite(high)) {
    const weight = random.uniform();
    // Not low + (high − low) · u, which overflows for wide bounds; and it may round to beyond a bound.
    return Math.min(high, Math.max(low, low * (1 - weight) + high * weight));
  }
  if (Number.isFinite(low)) return low + random.exponential();
  return Number.isFinite(high) ? high - random.exponential() : random.normal();
}

function sampleBig(random: Random, dtype: 'i64' | 'u64', low: number, high: number): bigint {
  const from = BigInt(low);
  const greatest = greatestBig(dtype);
  const to = BigInt(high) < greatest ? BigInt(high) : greatest;
  const bits = (BigInt(random.word()) << 32n) | BigInt(random.word());
  return from + (((to - from + 1n) * bits) >> 64n);
}

function brief(values: Float64Array): Bound | Bound[] {
  const texts = Array.from(values, (value) => (Number.isFinite(value) ? value : (String(value) as Bound)));
  return texts.every((text) => text === texts[0]) ? texts[0] : texts;
}

/** @throws RangeError if it describes no such space */
export function boxFromJson({ low, high, shape, dtype }: BoxJson): Box {
  return box(fromBounds(low), fromBounds(high), shape, dtype);
}

/** Numbers for infinities in words; whatever else is left for `box` to refuse. */
function fromBounds(bound: Bound | Bound[]): number | number[] {
  const number = (item: Bound) =>
    item === 'Infinity' || item === '-Infinity' ? Number(item) : (item as number);
  return Array.isArray(bound) ? bound.map(number) : number(bound);
}
