import type { Column } from '../../arena.ts';
import { FLATTEN_WORDS } from '../../space/flattenProgram.ts';
import { layout } from '../../space/layout.ts';
import { type ActorCriticOptions, countChoices, policyOutputs } from './actorCriticOptions.ts';
import type { Kernels } from './kernels.ts';
import type { Block } from './layer.ts';
import type { Tower } from './tower.ts';

/** The way of a block of samples through a network and back, in buffers of its own. */
export class Pass {
  /** Pointers into the block that was computed last: what the policy puts out, one row of values, and their gradients. */
  readonly policy: number;
  readonly values: number;
  readonly dPolicy: number;
  readonly dValues: number;
  readonly #options: ActorCriticOptions;
  readonly #kernels: Kernels;
  /** Makes flat rows of packed ones. */
  readonly #program: Int32Array;
  readonly #input: Block;
  readonly #towers: readonly Tower[];

  /** @param input pointer to the block of inputs */
  constructor(
    options: ActorCriticOptions,
    kernels: Kernels,
    program: Int32Array,
    input: number,
    towers: readonly Tower[],
  ) {
    this.#options = options;
    this.#kernels = kernels;
    this.#program = program;
    this.#input = { pointer: input, slopes: 0, activation: 'linear' };
    this.#towers = towers;
    const policy = towers[0].head;
    const value = towers[towers.length - 1].head;
    const valueRow = options.network.shared ? 4 * policyOutputs(options) * kernels.stride() : 0;
    this.policy = policy.output.pointer;
    this.dPolicy = policy.gradient;
    this.values = value.output.pointer + valueRow;
    this.dValues = value.gradient + valueRow;
  }

  /** Packs the weights, for all passes. */
  pack(): void {
    for (const { layers } of this.#towers) for (const layer of layers) layer.pack();
  }

  /** Elements of an observation in such a column: packed, or flat if it holds floats. */
  widthOf(observations: Column): number {
    const { observation, inputs } = this.#options;
    return observation && !(observations instanceof Float32Array) ? layout(observation).width : inputs;
  }

  /**
   * Computes what policy and critic put out for n ≤ block() observations in an arena's column: those of `indices`, a pointer, or (0)
   * those from `row` on.
   *
   * @param masks pointer to the flags of the same rows, u8 [·, choices of all components]; 0: all choices are allowed
   */
  forward(observations: Column, row: number, indices: number, n: number, training: boolean, masks = 0): void {
    const kernels = this.#kernels;
    const { inputs } = this.#options;
    const { pointer } = this.#input;
    const width = this.widthOf(observations);
    const pitch = width * observations.BYTES_PER_ELEMENT;
    const from = observations.byteOffset + row * pitch;
    if (observations instanceof Float32Array) kernels.gather(from, indices, n, inputs, pointer);
    else {
      const { byteOffset, length } = this.#program;
      kernels.gatherPacked(from, pitch, indices, n, byteOffset, length / FLATTEN_WORDS, inputs, pointer);
    }
    for (const tower of this.#towers) tower.forward(this.#input, n, training);
    if (masks !== 0) {
      const choices = countChoices(this.#options);
      kernels.maskLogits(this.policy, masks + row * choices, indices, n, choices);
    }
  }

  /** Adds the block's part to `gradients`, a vector like the parameters, from what is at dPolicy and dValues. */
  backward(gradients: number, n: number): void {
    for (const tower of this.#towers) tower.backward(this.#input, gradients, n);
  }
}
