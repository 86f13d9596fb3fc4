import type { Column, ColumnSpecs } from '../../arena.ts';
import type { NetworkSpec } from '../../network.ts';
import { FLATTEN_WORDS } from '../../space/flattenProgram.ts';
import { layout } from '../../space/layout.ts';
import type { Space } from '../../space/space.ts';
import type { Kernels } from './kernels.ts';

/** What of a network tells how it reads observations. */
export interface ReaderOptions {
  /** Floats in a flat observation. */
  readonly inputs: number;
  /** Whose packed rows are read; absent, and where they are flat already: rows of `inputs` floats. */
  readonly observation?: Space;
  readonly network: Pick<NetworkSpec, 'normalizeBytes'>;
}

/** Gathers rows of observations, packed or flat already, into a block of floats. */
export class ObservationReader {
  readonly #options: ReaderOptions;
  readonly #kernels: Kernels;
  readonly #program: Int32Array;

  /** The column that an arena must have room for. */
  static columns(options: ReaderOptions) {
    return { program: ['i32', programOf(options).length] } as const satisfies ColumnSpecs;
  }

  /** @param program taken by `columns`; it may be shared by all that read the same observations */
  constructor(options: ReaderOptions, kernels: Kernels, program: Int32Array) {
    this.#options = options;
    this.#kernels = kernels;
    this.#program = program;
    program.set(programOf(options));
  }

  /** Elements of an observation in such a column: packed, or flat if it holds floats. */
  widthOf(observations: Column): number {
    const { observation, inputs } = this.#options;
    return observation && !(observations instanceof Float32Array) ? layout(observation).width : inputs;
  }

  /**
   * Gathers n ≤ block() observations of an arena's column into the block at a pointer: those of `indices`, a pointer, or
   * (0) those from `row` on.
   */
  read(observations: Column, row: number, indices: number, n: number, block: number): void {
    const kernels = this.#kernels;
    const { inputs } = this.#options;
    const pitch = this.widthOf(observations) * observations.BYTES_PER_ELEMENT;
    const from = observations.byteOffset + row * pitch;
    if (observations instanceof Float32Array) kernels.gather(from, indices, n, inputs, block);
    else {
      const { byteOffset, length } = this.#program;
      kernels.gatherPacked(from, pitch, indices, n, byteOffset, length / FLATTEN_WORDS, inputs, block);
    }
  }

  /** Makes the packed rows of an arena's column that `indices`, a pointer, lists flat: f32 [n, inputs] at `to`, a pointer. */
  flatten(observations: Column, indices: number, n: number, to: number): void {
    const { byteOffset, length } = this.#program;
    const { inputs } = this.#options;
    const pitch = this.widthOf(observations) * observations.BYTES_PER_ELEMENT;
    const ops = length / FLATTEN_WORDS;
    this.#kernels.flattenRows(observations.byteOffset, pitch, indices, n, byteOffset, ops, to, inputs);
  }
}

/** Makes flat rows of packed ones. */
function programOf({ observation, network }: ReaderOptions): Int32Array {
  return observation ? layout(observation).program(network) : new Int32Array(0);
}
