import type { Random } from '../random.ts';
import { type ChoiceMask, checkStart, sampleChoice } from './discrete.ts';
import { elementsOf, type Nested } from './numbers.ts';

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
  const shape = shapeOf(nvec);
  const sizes = flat(nvec, shape, 'nvec');
  const starts = start ? flat(start, shape, 'start') : sizes.map(() => 0);
  for (let i = 0; i < sizes.length; i++) {
    if (!(sizes[i] > 0))
      throw new RangeError(`multiDiscrete: nvec[${i}] must be a positive integer, got ${sizes[i]}`);
    checkStart('multiDiscrete', sizes[i], starts[i]);
  }
  return make(shape, Int32Array.from(sizes), Int32Array.from(starts));
}

function make(shape: readonly number[], nvec: Int32Array, start: Int32Array): MultiDiscrete {
  const problem = (value: unknown, path = 'value') => {
    const elements = elementsOf(value, shape, 'i32', path);
    if (typeof elements === 'string') return elements;
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i] as number;
      const end = start[i] + nvec[i];
      if (!(Number.isInteger(element) && element >= start[i] && element < end))
        return `${path}[${i}]: expected an integer in [${start[i]}, ${end}), got ${String(element)}`;
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
    sample(random, mask) {
      if (mask && mask.length !== nvec.length)
        throw new RangeError(`sample: mask: expected flags for ${nvec.length} elements, got ${mask.length}`);
      return nvec.map((n, i) => start[i] + sampleChoice(random, n, mask?.[i], `mask[${i}]`));
    },
    toJSON: () => ({ type: 'MultiDiscrete', shape, nvec: [...nvec], start: [...start] }),
  };
}

function shapeOf(nested: unknown): number[] {
  return Array.isArray(nested) ? [nested.length, ...(nested.length > 0 ? shapeOf(nested[0]) : [])] : [];
}

function flat(nested: Nested<number>, shape: readonly number[], name: string): number[] {
  const elements = elementsOf(nested, shape, 'i32', `multiDiscrete: ${name}`);
  if (typeof elements === 'string') throw new RangeError(elements);
  if (elements.length === 0) throw new RangeError(`multiDiscrete: ${name} must not be empty`);
  for (const [i, element] of Array.from(elements).entries()) {
    if (!Number.isInteger(element))
      throw new RangeError(`multiDiscrete: ${name}[${i}] must be an integer, got ${String(element)}`);
  }
  return Array.from(elements as ArrayLike<number>);
}

export function multiDiscreteFromJson({ shape, nvec, start }: MultiDiscreteJson): MultiDiscrete {
  return multiDiscrete(nest(nvec, shape), nest(start, shape));
}

/** Elements of a shape in nested arrays. */
function nest(elements: readonly number[], shape: readonly number[]): Nested<number> {
  let nested: Nested<number> = elements;
  for (const length of shape.slice(1).reverse()) {
    const rows: Nested<number>[] = [];
    for (let i = 0; i < nested.length; i += length) rows.push(nested.slice(i, i + length));
    nested = rows;
  }
  return nested;
}
