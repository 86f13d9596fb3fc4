import type { Random } from '../random.ts';
import { arrays, type Dtype, isBig, isFloat, rangeOf, type TypedArray } from './dtype.ts';
import { checkedShape, elementsOf, type Nested, sizeOf } from './numbers.ts';

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
  /**
   * Draws each element as Gymnasium does: uniform where both bounds are finite (integers: both included), exponential
   * from the one finite bound, else normal.
   */
  sample(random: Random): BoxValue<D, S>;
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
  if (!Object.hasOwn(arrays, dtype))
    throw new RangeError(`box: dtype must be one of ${Object.keys(arrays).join(', ')}, got ${dtype}`);
  const shape = checkedShape('box', dimensions);
  const size = sizeOf(shape);
  const lows = bounds('low', low, size, dtype);
  const highs = bounds('high', high, size, dtype);
  for (let i = 0; i < size; i++) {
    if (!(lows[i] <= highs[i]))
      throw new RangeError(`box: expected low[${i}] ≤ high[${i}], got ${lows[i]} and ${highs[i]}`);
  }
  const problem = (value: unknown, path = 'value') => boxProblem(value, path, shape, dtype, lows, highs);
  return {
    type: 'Box',
    dtype,
    shape,
    size,
    low: lows,
    high: highs,
    problem,
    contains: (value): value is BoxLike<Dtype, readonly number[]> => problem(value) === undefined,
    sample(random) {
      const values = new arrays[dtype](size);
      for (let i = 0; i < size; i++) values[i] = sampleElement(random, dtype, lows[i], highs[i]);
      return (shape.length === 0 ? values[0] : values) as TypedArray;
    },
    toJSON: () => ({ type: 'Box', dtype, shape, low: brief(lows), high: brief(highs) }),
  };
}

function bounds(name: string, bound: number | ArrayLike<number>, size: number, dtype: Dtype): Float64Array {
  const [least, greatest] = rangeOf(dtype);
  const values =
    typeof bound === 'number' ? new Float64Array(size).fill(bound) : flatBounds(name, bound, size);
  return values.map((value, i) => {
    const finite = Math.min(greatest, Math.max(least, value));
    if (Number.isFinite(value) && (finite !== value || (!isFloat(dtype) && !Number.isInteger(value))))
      throw new RangeError(`box: expected ${name}[${i}] to be a value of ${dtype}, got ${value}`);
    return finite;
  });
}

function flatBounds(name: string, bound: ArrayLike<number>, size: number): Float64Array {
  const flat = Array.isArray(bound) ? (bound.flat(Number.POSITIVE_INFINITY) as number[]) : bound;
  if (flat.length !== size) throw new RangeError(`box: expected ${size} ${name} bounds, got ${flat.length}`);
  return Float64Array.from(flat);
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
      return `${at}: expected ${what} in [${low[i]}, ${high[i]}], got ${String(element)}`;
    }
  }
  return undefined;
}

/** Whether an element is one of the type's values between the bounds. */
export function within(element: unknown, dtype: Dtype, low: number, high: number): boolean {
  if (typeof element === 'bigint') return isBig(dtype) && element >= low && element <= high;
  if (typeof element !== 'number') return false;
  if (dtype === 'f32') {
    const stored = Math.fround(element);
    return Number.isFinite(stored) && stored >= Math.fround(low) && stored <= Math.fround(high);
  }
  const exact = dtype === 'f64' ? Number.isFinite : isBig(dtype) ? Number.isSafeInteger : Number.isInteger;
  return exact(element) && element >= low && element <= high;
}

function sampleElement(random: Random, dtype: Dtype, low: number, high: number): number | bigint {
  if (isBig(dtype)) return sampleBig(random, dtype, low, high);
  if (!isFloat(dtype)) return random.integer(low, high + 1);
  if (low === high) return low;
  if (Number.isFinite(low) && Number.isFinite(high)) {
    const weight = random.uniform();
    // Not low + (high − low) · u, which overflows for wide bounds; and it may round to beyond a bound.
    return Math.min(high, Math.max(low, low * (1 - weight) + high * weight));
  }
  if (Number.isFinite(low)) return low + random.exponential();
  return Number.isFinite(high) ? high - random.exponential() : random.normal();
}

function sampleBig(random: Random, dtype: 'i64' | 'u64', low: number, high: number): bigint {
  // The greatest values of the types are no doubles: as bounds they were rounded up.
  const greatest = dtype === 'u64' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  const [from, to] = [BigInt(low), BigInt(high)];
  const bits = (BigInt(random.word()) << 32n) | BigInt(random.word());
  return from + ((((to < greatest ? to : greatest) - from + 1n) * bits) >> 64n);
}

function brief(values: Float64Array): Bound | Bound[] {
  const texts = Array.from(values, (value) => (Number.isFinite(value) ? value : (String(value) as Bound)));
  return texts.every((text) => text === texts[0]) ? texts[0] : texts;
}

export function boxFromJson({ low, high, shape, dtype }: BoxJson): Box {
  const numbers = (bound: Bound | Bound[]) => (Array.isArray(bound) ? bound.map(Number) : Number(bound));
  return box(numbers(low), numbers(high), shape, dtype);
}
