import type { Arena, Column, ColumnSpecs } from '../arena.ts';
import { FLATTEN_WORDS, type FlattenOptions } from './flattenProgram.ts';
import { type Layout, layout } from './layout.ts';
import type { Space } from './space.ts';

/** Flat rows of packed ones, in a column of their own. */
export class FlatRows {
  /** [rows, size] */
  readonly column: Float32Array;
  readonly #layout: Layout;
  readonly #rows: number;
  readonly #program: Int32Array;
  readonly #arena: Arena;

  /** The columns that it takes from an arena. */
  static columns(space: Space, rows: number, options?: FlattenOptions) {
    const { size, program } = layout(space);
    return {
      flat: ['f32', rows * size],
      program: ['i32', program(options).length],
    } as const satisfies ColumnSpecs;
  }

  /** @throws RangeError if the arena has no room for its `columns` */
  constructor(space: Space, rows: number, arena: Arena, options?: FlattenOptions) {
    const { flat, program } = arena.take(FlatRows.columns(space, rows, options));
    this.#layout = layout(space);
    this.#rows = rows;
    this.#arena = arena;
    this.#program = program;
    program.set(this.#layout.program(options));
    this.column = flat;
  }

  /**
   * Writes the flat rows of all packed rows into `column`, which it returns.
   *
   * @throws RangeError unless it is a column of as many packed rows, from the same arena
   */
  flatten(packed: Column): Float32Array {
    const { bytes, size } = this.#layout;
    if (packed.buffer !== this.#arena.memory.buffer)
      throw new RangeError('flatten: expected a column of the arena that the flat rows are in, got another');
    if (packed.byteLength !== this.#rows * bytes) {
      const expected = `${this.#rows} packed rows of ${bytes} bytes`;
      throw new RangeError(`flatten: expected ${expected}, got ${packed.byteLength} bytes`);
    }
    const { byteOffset, length } = this.#program;
    const ops = length / FLATTEN_WORDS;
    this.#arena.kernels.flattenRows(
      packed.byteOffset,
      bytes,
      0,
      this.#rows,
      byteOffset,
      ops,
      this.column.byteOffset,
      size,
    );
    return this.column;
  }
}
