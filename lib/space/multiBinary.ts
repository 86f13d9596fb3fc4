import type { Random } from '../random.ts';
import { checkedShape, elementsOf, type Nested, sizeOf } from './numbers.ts';

/** Bits in an array: each element is 0 or 1. */
export interface MultiBinary {
  readonly type: 'MultiBinary';
  readonly shape: readonly number[];
  /** Elements in all. */
  readonly size: number;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is Int8Array | Nested<number>;
  /** @param mask [size] for each element 0 or 1, which it then is, or 2: either */
  sample(random: Random, mask?: ArrayLike<number>): Int8Array;
  toJSON(): MultiBinaryJson;
}

export interface MultiBinaryJson {
  readonly type: 'MultiBinary';
  readonly shape: readonly number[];
}

/** @param shape of the bits, or how many there are. @throws RangeError unless it holds positive integers */
export function multiBinary(dimensions: number | readonly number[]): MultiBinary {
  const shape = checkedShape('multiBinary', typeof dimensions === 'number' ? [dimensions] : dimensions);
  const size = sizeOf(shape);
  const problem = (value: unknown, path = 'value') => {
    const elements = elementsOf(value, shape, 'i8', path);
    if (typeof elements === 'string') return elements;
    for (let i = 0; i < elements.length; i++) {
      if (elements[i] !== 0 && elements[i] !== 1)
        return `${path}[${i}]: expected 0 or 1, got ${String(elements[i])}`;
    }
    return undefined;
  };
  return {
    type: 'MultiBinary',
    shape,
    size,
    problem,
    contains: (value): value is Int8Array => problem(value) === undefined,
    sample(random, mask) {
      if (mask && mask.length !== size)
        throw new RangeError(`sample: mask: expected ${size} of 0, 1 and 2, got ${mask.length}`);
      const bits = new Int8Array(size);
      for (let i = 0; i < size; i++) {
        const bit = random.word() & 1;
        bits[i] = mask && mask[i] < 2 ? mask[i] : bit;
      }
      return bits;
    },
    toJSON: () => ({ type: 'MultiBinary', shape }),
  };
}
