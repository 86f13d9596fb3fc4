import type { Tensor } from '../../nouns.ts';
import type { TensorPlace } from '../../ownOptimizer.ts';
import { orthogonal } from '../initialize.ts';

/** A named tensor's place in a parameter vector, and what it begins with. */
export interface Segment extends TensorPlace {
  /** Gain of orthogonal rows, or the constant that all elements begin with. */
  readonly initial: { readonly gain: number } | { readonly constant: number };
}

/** Lays tensors out in a parameter vector, before there is one. */
export class ParameterPlan {
  readonly segments: Segment[] = [];
  #size = 0;

  /** Floats of the vector so far. */
  get size(): number {
    return this.#size;
  }

  /** Makes room; returns where it begins. */
  reserve(floats: number): number {
    const at = this.#size;
    this.#size += floats;
    return at;
  }

  add(...segments: Segment[]): void {
    this.segments.push(...segments);
  }
}

/** A vector like the parameters as named tensors. */
export function tensorsOf(segments: readonly Segment[], vector: Float32Array): Record<string, Tensor> {
  return Object.fromEntries(
    segments.map((segment) => {
      const { name, shape, rows, columns } = segment;
      const data = new Float32Array(rows * columns);
      walk(segment, (at, element) => {
        data[element] = vector[at];
      });
      return [name, { shape, data }];
    }),
  );
}

/** Writes named tensors into a vector like the parameters. */
export function assignTensors(
  segments: readonly Segment[],
  tensors: Readonly<Record<string, Tensor>>,
  vector: Float32Array,
): void {
  for (const segment of segments) {
    const { data } = tensors[segment.name];
    walk(segment, (at, element) => {
      vector[at] = data[element];
    });
  }
}

/** Writes what training begins with: orthogonal weights drawn in the order of the segments, and constants. */
export function initializeParameters(
  segments: readonly Segment[],
  vector: Float32Array,
  normal: () => number,
): void {
  for (const segment of segments) {
    const { rows, columns, initial } = segment;
    const drawn = 'gain' in initial ? orthogonal(rows, columns, initial.gain, normal) : undefined;
    const constant = 'constant' in initial ? initial.constant : 0;
    walk(segment, (at, element) => {
      vector[at] = drawn?.[element] ?? constant;
    });
  }
}

/** The tensors' shapes by their names. */
export function shapesOf(segments: readonly Segment[]): Record<string, readonly number[]> {
  return Object.fromEntries(segments.map(({ name, shape }) => [name, shape]));
}

/** Visits every element with its place in the vector. */
function walk(
  { at, rows, columns, pitch, order }: Segment,
  visit: (at: number, element: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      visit(at + row * pitch + (order ? order[column] : column), row * columns + column);
  }
}
