import type { Arena, Column, ColumnSpecs, ColumnType } from '../arena.ts';
import type { Dtype } from '../space/dtype.ts';
import { layout } from '../space/layout.ts';
import { boundsOf, leavesOf } from '../space/leaves.ts';
import type { Space } from '../space/space.ts';

/**
 * Element types that a kernel compares, `lanes` at a time: bounds are repeated until they come to a multiple of that, so
 * that it may go on whatever the elements of a row are.
 */
const comparisons: Readonly<Partial<Record<Dtype, Comparison>>> = {
  f32: { type: 'f32', lanes: 4, check: 'outside' },
  i32: { type: 'i32', lanes: 4, check: 'outsideIntegers' },
  u8: { type: 'u8', lanes: 16, check: 'outsideBytes' },
  i8: { type: 'i8', lanes: 16, check: 'outsideSignedBytes' },
};

interface Comparison {
  readonly type: ColumnType;
  readonly lanes: number;
  readonly check: 'outside' | 'outsideIntegers' | 'outsideBytes' | 'outsideSignedBytes';
}

/** Bounds of each element of a row. */
function elementBounds(leaves: ReturnType<typeof leavesOf>) {
  const bounds = leaves.map(({ space }) => boundsOf(space));
  return [bounds.flatMap(([lows]) => [...lows]), bounds.flatMap(([, highs]) => [...highs])] as const;
}

/** Whether columns of packed values, whose leaves share one element type, hold values of a space. */
export class ObservationCheck {
  readonly #space: Space;
  readonly #width: number;
  readonly #comparison: Comparison | undefined;
  readonly #arena: Arena;
  readonly #lows: Column;
  readonly #highs: Column;

  static columns(space: Space) {
    const leaves = leavesOf(space);
    const [low, high] = elementBounds(leaves);
    const { type, lanes } = comparisons[leaves[0].dtype] ?? { type: 'f64', lanes: 1 };
    // Bounds that all elements share need not be repeated row by row.
    const isOne = low.every((bound, k) => bound === low[0] && high[k] === high[0]);
    const width = isOne ? 1 : low.length;
    let period = width;
    while (period % lanes !== 0) period += width;
    return { lows: [type, period], highs: [type, period] } as const satisfies ColumnSpecs;
  }

  constructor(space: Space, arena: Arena) {
    const { lows, highs } = arena.take(ObservationCheck.columns(space));
    const [low, high] = elementBounds(leavesOf(space));
    this.#space = space;
    this.#comparison = comparisons[leavesOf(space)[0].dtype];
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
    const at = row + Math.floor(bad / this.#width);
    const value = layout(this.#space).unpack(column, at);
    return { row: at, problem: this.#space.problem(value, 'observation') as string };
  }

  #firstOutside(column: Column, from: number, count: number): number {
    const { kernels } = this.#arena;
    const [lows, highs] = [this.#lows, this.#highs];
    const check = this.#comparison?.check;
    if (check) {
      const start = column.byteOffset + column.BYTES_PER_ELEMENT * from;
      return kernels[check](start, count, lows.byteOffset, highs.byteOffset, lows.length);
    }
    for (let i = 0, k = 0; i < count; i++) {
      const element = column[from + i];
      if (!(element >= lows[k] && element <= highs[k] && Number.isFinite(element))) return i;
      k = k + 1 === lows.length ? 0 : k + 1;
    }
    return -1;
  }
}
