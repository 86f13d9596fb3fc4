import type { Random } from '../random.ts';
import { checkChoices, checkStart, draw } from './discrete.ts';
import { type ChoiceMask, checkMask, flagsProblem, lengthProblem } from './masks.ts';
import { checkedShape, elementsOf, type Nested, sizeOf } from './numbers.ts';
import { show } from './paths.ts';

/** Several choices: element i is an integer in start[i] … start[i] + nvec[i] − 1. */
export interface MultiDiscrete {
  readonly type: 'MultiDiscrete';
  readonly shape: readonly number[];
  /** Elements in all. */
  readonly size: number;
  /** [size] choices of each element, row-major */
  readonly nvec: Int32Array;
  /** [size] */
  readonly start: Int32Array;
  /** What is wrong with a value, and where, or undefined if the space contains it. */
  problem(value: unknown, path?: string): string | undefined;
  contains(value: unknown): value is Int32Array | Nested<number>;
  /** What is wrong with a mask, and where, or undefined. */
  maskProblem(mask: unknown, path?: string): string | undefined;
  /** @param mask the flags of each element's choices. @throws RangeError if an element has no allowed choice */
  sample(random: Random, mask?: readonly ChoiceMask[]): Int32Array;
  toJSON(): MultiDiscreteJson;
}

export interface MultiDiscreteJson {
  readonly type: 'MultiDiscrete';
  readonly shape: readonly number[];
  readonly nvec: readonly number[];
  readonly start: readonly number[];
}

/**
 * @param nvec choices of each element, in nested arrays if there are several dimensions
 * @param start the least value of each, 0 if it is left out
 * @throws RangeError unless nvec holds positive integers, in rows of equal lengths, and start as many integers
 */
export function multiDiscrete(nvec: Nested<number>, start?: Nested<number>): MultiDiscrete {
  const shape = checkedShape('multiDiscrete', shapeOf(nvec));
  return make(shape, numbers(nvec, shape, 'nvec'), start && numbers(start, shape, 'start'));
}

/** Lengths of nested arrays, as the first of each says. */
function shapeOf(nested: unknown): number[] {
  const shape = [];
  for (let item = nested; Array.isArray(item); item = item[0]) shape.push(item.length);
  return shape;
}

function numbers(nested: unknown, shape: readonly number[], name: string): ArrayLike<number> {
  const elements = elementsOf(nested, shape, 'i32', `multiDiscrete: ${name}`);
  if (typeof elements === 'string') throw new RangeError(elements);
  return elements as ArrayLike<number>;
}

function make(
  shape: readonly number[],
  sizes: ArrayLike<number>,
  starts: ArrayLike<number> = new Int32Array(sizes.length),
): MultiDiscrete {
  if (shape.length === 0) throw new RangeError('multiDiscrete: nvec must be an array, and not empty');
  for (let i = 0; i < sizes.length; i++) {
    checkChoices(`multiDiscrete: nvec[${i}]`, sizes[i]);
    checkStart(`multiDiscrete: start[${i}]`, sizes[i], starts[i]);
  }
  const nvec = Int32Array.from(sizes);
  const start = Int32Array.from(starts);
  const problem = (value: unknown, path = 'value') => {
    const elements = elementsOf(value, shape, 'i32', path);
    if (typeof elements === 'string') return elements;
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i] as number;
      const end = start[i] + nvec[i];
      if (!(Number.isInteger(element) && element >= start[i] && element < end))
        return `${path}[${i}]: expected an integer in [${start[i]}, ${end}), got ${show(element)}`;
    }
    return undefined;
  };
  const maskProblem = (mask: unknown, path = 'mask') => {
    const wrong = lengthProblem(mask, nvec.length, 'arrays of flags', path);
    if (wrong) return wrong;
    for (let i = 0; i < nvec.length; i++) {
      const found = flagsProblem((mask as readonly ChoiceMask[])[i], nvec[i], `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  };
  return {
    type: 'MultiDiscrete',
    shape,
    size: nvec.length,
    nvec,
    start,
    problem,
    contains: (value): value is Int32Array => problem(value) === undefined,
    maskProblem,
    sample(random, mask) {
      checkMask(mask, maskProblem);
      return nvec.map((n, i) => start[i] + draw(random, n, mask?.[i]));
    },
    toJSON: () => ({ type: 'MultiDiscrete', shape, nvec: [...nvec], start: [...start] }),
  };
}

/** @throws RangeError if it describes no such space */
export function multiDiscreteFromJson({ shape, nvec, start }: MultiDiscreteJson): MultiDiscrete {
  const own = checkedShape('multiDiscrete', shape);
  for (const [name, elements] of Object.entries({ nvec, start })) {
    const problem = lengthProblem(elements, sizeOf(own), 'integers', `multiDiscrete: ${name}`);
    if (problem) throw new RangeError(problem);
  }
  return make(own, nvec, start);
}
