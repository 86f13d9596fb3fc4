import type { Random } from '../random.ts';
import { checkMask, lengthProblem } from './masks.ts';
import { checkedShape, elementsOf, type Nested, sizeOf } from './numbers.ts';
import { show } from './paths.ts';

/** Bits in an array: each element is 0 or 1. */
export interface MultiBinary {
  readonly type: 'MultiBinary';
  readonly shape: readonly number[];
  /** Elements in all. */
  readonly size: number;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is Int8Array | Nested<number>;
  /** What is wrong with a mask, and where, or undefined. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /** @param mask [size] for each element 0 or 1, which it then is, or 2: either */
  sample(random: Random, mask?: ArrayLike<number>): Int8Array;
  toJSON(): MultiBinaryJson;
}

export interface MultiBinaryJson {
  readonly type: 'MultiBinary';
  readonly shape: readonly number[];
}

/** @param dimensions the shape of the bits, or how many there are. @throws RangeError unless they are positive integers */
export function multiBinary(dimensions: number | readonly number[]): MultiBinary {
  const shape = checkedShape('multiBinary', typeof dimensions === 'number' ? [dimensions] : dimensions);
  if (shape.length === 0) throw new RangeError('multiBinary: shape must not be empty');
  const size = sizeOf(shape);
  const problem = (value: unknown, path = 'value') => {
    const bits = elementsOf(value, shape, 'i8', path);
    if (typeof bits === 'string') return bits;
    for (let i = 0; i < size; i++) {
      if (bits[i] !== 0 && bits[i] !== 1) return `${path}[${i}]: expected 0 or 1, got ${show(bits[i])}`;
    }
    return undefined;
  };
  const maskProblem = (mask: unknown, path = 'mask') => {
    const wrong = lengthProblem(mask, size, 'of 0, 1 and 2', path);
    if (wrong) return wrong;
    const bits = mask as ArrayLike<unknown>;
    for (let i = 0; i < size; i++) {
      if (!(bits[i] === 0 || bits[i] === 1 || bits[i] === 2))
        return `${path}[${i}]: expected 0, 1 or 2, got ${show(bits[i])}`;
    }
    return undefined;
  };
  return {
    type: 'MultiBinary',
    shape,
    size,
    problem,
    contains: (value): value is Int8Array => problem(value) === undefined,
    maskProblem,
    sample(random, mask) {
      checkMask(mask, maskProblem);
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
