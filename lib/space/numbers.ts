import { type Dtype, dtypeOf } from './dtype.ts';
import { kindOf, show } from './paths.ts';

/** Numbers in nested arrays, row by row. */
export type Nested<T> = readonly (T | Nested<T>)[];

/** The most elements a space may have: descriptions of spaces come with files, and are not to fill the memory. */
export const MOST_ELEMENTS = 2 ** 27;

/** @throws RangeError unless a shape holds positive integers only, and not too many elements */
export function checkedShape(caller: string, shape: readonly number[]): readonly number[] {
  if (!(Array.isArray(shape) && shape.every((length) => Number.isInteger(length) && length > 0))) {
    const got = Array.isArray(shape) ? `[${shape.map(show).join(', ')}]` : show(shape);
    throw new RangeError(`${caller}: shape must hold positive integers, got ${got}`);
  }
  if (sizeOf(shape) > MOST_ELEMENTS) {
    const got = `[${shape.join(', ')}]`;
    throw new RangeError(`${caller}: expected at most ${MOST_ELEMENTS} elements, got the shape ${got}`);
  }
  return [...shape];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * The elements of a value of that shape, row-major: a typed array of the type, or an array of numbers, flat or nested
 * as the shape is; for shape [] also a number alone. Or else what is wrong with it.
 */
export function elementsOf(
  value: unknown,
  shape: readonly number[],
  dtype: Dtype,
  path: string,
): ArrayLike<unknown> | string {
  const size = sizeOf(shape);
  if (shape.length === 0 && (typeof value === 'number' || typeof value === 'bigint')) return [value];
  if (ArrayBuffer.isView(value)) {
    if (dtypeOf(value) !== dtype)
      return `${expected(shape, path)} as ${dtype}, got the wrong dtype: ${kindOf(value)}`;
    const array = value as unknown as ArrayLike<unknown>;
    return array.length === size ? array : `${expected(shape, path)}, got ${array.length}`;
  }
  if (!Array.isArray(value)) return `${expected(shape, path)}, got ${show(value)}`;
  if (value.some(Array.isArray))
    return flatten(value, shape) ?? `${expected(shape, path)}, got nested arrays of another shape`;
  return value.length === size ? value : `${expected(shape, path)}, got ${value.length}`;
}

function expected(shape: readonly number[], path: string): string {
  const size = sizeOf(shape);
  return `${path}: expected ${size} ${size === 1 ? 'number' : 'numbers'} of shape [${shape.join(', ')}]`;
}

function flatten(value: unknown, shape: readonly number[]): unknown[] | undefined {
  if (shape.length === 0) return Array.isArray(value) ? undefined : [value];
  if (!Array.isArray(value) || value.length !== shape[0]) return undefined;
  const rest = shape.slice(1);
  const parts = value.map((item) => flatten(item, rest));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}
