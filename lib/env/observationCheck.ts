import type { Arena, Column, ColumnSpecs } from '../arena.ts';
import { leavesOf } from '../space/leaves.ts';
import type { LeafSpace, Space } from '../space/space.ts';

/** Whether columns of packed values, whose leaves share one element type, hold values of a space. */
export class ObservationCheck {
  readonly #space: Space;
  readonly #width: number;
  readonly #arena: Arena;
  readonly #lows: Column;
  readonly #highs: Column;

  static columns(space: Space) {
    // Four times, so that a kernel may compare four elements at a time whatever their number.
    const leaves = leavesOf(space);
    const length = 4 * leaves.reduce((sum, leaf) => sum + leaf.length, 0);
    const type = leaves[0].dtype === 'f32' ? 'f32' : 'f64';
    return { lows: [type, length], highs: [type, length] } as const satisfies ColumnSpecs;
  }

  constructor(space: Space, arena: Arena) {
    const { lows, highs } = arena.take(ObservationCheck.columns(space));
    const [low, high] = boundsOf(space);
    this.#space = space;
    this.#arena = arena;
    this.#width = low.length;
    this.#lows = lows;
    this.#highs = highs;
    for (let i = 0; i < lows.length; i++) {
      lows[i] = low[i % low.length];
      highs[i] = high[i % high.length];
    }
  }

  /** The first of `rows` rows from `row` on whose value is not in the space, and why; or undefined. */
  problem(column: Column, row: number, rows: number): { row: number; problem: string } | undefined {
    const bad = this.#firstOutside(column, row * this.#width, rows * this.#width);
    if (bad < 0) return undefined;
    const element = bad % this.#width;
    const at = (bad - element) / this.#width;
    return { row: row + at, problem: this.#explain(column, (row + at) * this.#width, element) };
  }

  #firstOutside(column: Column, from: number, count: number): number {
    const [lows, highs] = [this.#lows, this.#highs];
    if (column instanceof Float32Array) {
      const start = column.byteOffset + 4 * from;
      return this.#arena.kernels.outside(start, count, lows.byteOffset, highs.byteOffset, lows.length);
    }
    for (let i = 0, k = 0; i < count; i++) {
      const element = column[from + i];
      if (!(element >= lows[k] && element <= highs[k] && Number.isFinite(element))) return i;
      k = k + 1 === this.#width ? 0 : k + 1;
    }
    return -1;
  }

  #explain(column: Column, start: number, element: number): string {
    let from = 0;
    for (const { path, space, length } of leavesOf(this.#space)) {
      if (element < from + length) {
        const value = column.slice(start + from, start + from + length);
        return space.problem(isScalar(space) ? value[0] : value, `observation${path}`) as string;
      }
      from += length;
    }
    throw new RangeError(`ObservationCheck: expected an element below ${from}, got ${element}`);
  }
}

function isScalar(space: LeafSpace): boolean {
  return space.type === 'Discrete' || (space.type === 'Box' && space.shape.length === 0);
}

/** The least and the greatest value of each element. */
function boundsOf(space: Space): [low: number[], high: number[]] {
  const bounds = leavesOf(space).map(({ space: leaf }) => leafBounds(leaf));
  return [bounds.flatMap(([low]) => low), bounds.flatMap(([, high]) => high)];
}

function leafBounds(space: LeafSpace): [low: number[], high: number[]] {
  if (space.type === 'Box') return [[...space.low], [...space.high]];
  if (space.type === 'Discrete') return [[space.start], [space.start + space.n - 1]];
  if (space.type === 'MultiBinary') return [Array(space.size).fill(0), Array(space.size).fill(1)];
  return [[...space.start], Array.from(space.nvec, (n, i) => space.start[i] + n - 1)];
}
