/**
 * An array of finite float32 numbers with bounds per element, both included. Values and bounds are compared as
 * float32: what an env's column holds at a bound of 0.1 is in the space, though it is 0.10000000149.
 */
export interface Box {
  readonly type: 'Box';
  readonly dtype: 'f32';
  readonly shape: readonly number[];
  /** Elements in all. */
  readonly size: number;
  /** [size] */
  readonly low: Float64Array;
  /** [size] */
  readonly high: Float64Array;
  /** What is wrong with a value, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): boolean;
  toJSON(): BoxJson;
}

/** Bounds that are equal in all elements are one number; infinities are strings. */
export interface BoxJson {
  readonly type: 'Box';
  readonly dtype: 'f32';
  readonly shape: readonly number[];
  readonly low: Bound | Bound[];
  readonly high: Bound | Bound[];
}

type Bound = number | 'Infinity' | '-Infinity';

/**
 * @param low,high one bound of all elements, or one for each in row-major order
 * @throws RangeError if a bound or the shape makes no sense
 */
export function box(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  dimensions: readonly number[],
): Box {
  const shape = [...dimensions];
  for (const length of shape) {
    if (!(Number.isInteger(length) && length > 0)) {
      throw new RangeError(`box: shape must hold positive integers, got [${shape.join(', ')}]`);
    }
  }
  const size = shape.reduce((product, length) => product * length, 1);
  const lows = bounds('low', low, size);
  const highs = bounds('high', high, size);
  for (let i = 0; i < size; i++) {
    if (!(lows[i] <= highs[i]))
      throw new RangeError(`box: expected low[${i}] ≤ high[${i}], got ${lows[i]} and ${highs[i]}`);
  }
  const problem = (value: unknown, path = 'value') => boxProblem(value, path, shape, lows, highs);
  return {
    type: 'Box',
    dtype: 'f32',
    shape,
    size,
    low: lows,
    high: highs,
    problem,
    contains: (value) => problem(value) === undefined,
    toJSON: () => ({ type: 'Box', dtype: 'f32', shape, low: brief(lows), high: brief(highs) }),
  };
}

function bounds(name: string, bound: number | ArrayLike<number>, size: number): Float64Array {
  if (typeof bound === 'number') return new Float64Array(size).fill(bound);
  if (bound.length !== size)
    throw new RangeError(`box: expected ${size} ${name} bounds, got ${bound.length}`);
  return Float64Array.from(bound);
}

function boxProblem(
  value: unknown,
  path: string,
  shape: readonly number[],
  low: Float64Array,
  high: Float64Array,
): string | undefined {
  const size = low.length;
  const numbers = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : value;
  if (!isNumbers(numbers))
    return `${path}: expected ${size} numbers of shape [${shape.join(', ')}], got ${value === null ? null : typeof value}`;
  if (numbers.length !== size) {
    return `${path}: expected ${size} numbers of shape [${shape.join(', ')}], got ${numbers.length}`;
  }
  for (let i = 0; i < size; i++) {
    const element: unknown = numbers[i];
    if (!(typeof element === 'number' && within(element, low[i], high[i]))) {
      return `${path}[${i}]: expected a finite number in [${low[i]}, ${high[i]}], got ${String(element)}`;
    }
  }
  return undefined;
}

function within(element: number, low: number, high: number): boolean {
  const stored = Math.fround(element);
  return Number.isFinite(stored) && stored >= Math.fround(low) && stored <= Math.fround(high);
}

function isNumbers(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function brief(values: Float64Array): Bound | Bound[] {
  const texts = Array.from(values, (value) => (Number.isFinite(value) ? value : (String(value) as Bound)));
  return texts.every((text) => text === texts[0]) ? texts[0] : texts;
}

export function boxFromJson({ low, high, shape }: BoxJson): Box {
  const numbers = (bound: Bound | Bound[]) => (Array.isArray(bound) ? bound.map(Number) : Number(bound));
  return box(numbers(low), numbers(high), shape);
}
