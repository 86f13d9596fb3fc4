import type { Arena, Column, ColumnSpecs } from '../arena.ts';
import { FLATTEN_WORDS, type FlattenOptions } from './flattenProgram.ts';
import { type Layout, layout } from './layout.ts';
import type { Space } from './space.ts';

/** Flat rows of packed ones, in columns of their own: of what is seen, of what is seen next, and of episodes' ends. */
export class FlatRows {
  /** [rows, size] */
  readonly column: Float32Array;
  readonly next: Float32Array;
  readonly final: Float32Array;
  readonly #layout: Layout;
  readonly #rows: number;
  readonly #program: Int32Array;
  readonly #arena: Arena;

  /** The columns that it takes from an arena. */
  static columns(space: Space, rows: number, options?: FlattenOptions) {
    const { size, program } = layout(space);
    return {
      flat: ['f32', rows * size],
      next: ['f32', rows * size],
      final: ['f32', rows * size],
      program: ['i32', program(options).length],
    } as const satisfies ColumnSpecs;
  }

  /** @throws RangeError if the arena has no room for its `columns` */
  constructor(space: Space, rows: number, arena: Arena, options?: FlattenOptions) {
    const { flat, next, final, program } = arena.take(FlatRows.columns(space, rows, options));
    this.#layout = layout(space);
    this.#rows = rows;
    this.#arena = arena;
    this.#program = program;
    program.set(this.#layout.program(options));
    this.column = flat;
    this.next = next;
    this.final = final;
  }

  /**
   * Writes the flat rows of all packed rows into one of the columns, which it returns.
   *
   * @throws RangeError unless it is a column of as many packed rows, from the same arena
   */
  flatten(packed: Column, column = this.column): Float32Array {
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
      column.byteOffset,
      size,
    );
    return column;
  }
}
