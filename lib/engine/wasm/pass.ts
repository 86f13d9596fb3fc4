import type { Column } from '../../arena.ts';
import { type ActorCriticOptions, countChoices, policyOutputs } from './actorCriticOptions.ts';
import type { Kernels } from './kernels.ts';
import type { Block } from './layer.ts';
import type { Memory } from './memory/memory.ts';
import type { ObservationReader } from './observationReader.ts';
import type { LossBlock } from './policyHead.ts';
import type { SdeLayer } from './sdeLayer.ts';
import type { Tower } from './tower.ts';

/** Observations are cut to ± this after they have been normalised. */
const CLIP = 10;

/** What of a pass remembers: pointers are to blocks. */
interface Recurrent {
  readonly trunk: Tower;
  readonly memory: Memory;
  /** The state of the block's rows, when acting. */
  readonly state: number;
  /** For each step of a segment, 0 where an episode begins, else 1. */
  readonly keep: number;
}

export interface PassParts {
  readonly reader: ObservationReader;
  readonly normal?: { readonly means: Float32Array; readonly scales: Float32Array };
  /** Pointer to the block of inputs. */
  readonly input: number;
  /** The policy's first, the critic's last; above the memory, if there is one. */
  readonly towers: readonly Tower[];
  readonly recurrent?: Recurrent;
  /** What makes deviations of the policy's features. */
  readonly sde?: SdeLayer;
}

/** The way of a block of samples through a network and back, in buffers of its own. */
export class Pass implements LossBlock {
  /** Pointers into the block that was computed last: what the policy puts out, one row of values, and their gradients. */
  readonly policy: number;
  readonly values: number;
  readonly dPolicy: number;
  readonly dValues: number;
  /** Log-deviations that states have of their own; 0: they have none. */
  readonly deviations: number;
  readonly dDeviations: number;
  readonly #options: ActorCriticOptions;
  readonly #kernels: Kernels;
  readonly #parts: PassParts;
  readonly #input: Block;
  #features: number;

  constructor(options: ActorCriticOptions, kernels: Kernels, parts: PassParts) {
    this.#options = options;
    this.#kernels = kernels;
    this.#parts = parts;
    this.#input = { pointer: parts.input, slopes: 0, activation: 'linear' };
    const { towers, sde } = parts;
    const policy = towers[0].head;
    const value = towers[towers.length - 1].head;
    const valueRow = options.network.shared ? 4 * policyOutputs(options) * kernels.stride() : 0;
    this.policy = policy.output.pointer;
    this.dPolicy = policy.gradient;
    this.values = value.output.pointer + valueRow;
    this.dValues = value.gradient + valueRow;
    const { dimensions = 0, network } = options;
    const own = network.stateDependentStd ? 4 * dimensions * kernels.stride() : 0;
    this.deviations = sde?.output ?? (own > 0 ? this.policy + own : 0);
    this.dDeviations = sde?.gradient ?? (own > 0 ? this.dPolicy + own : 0);
    this.#features = parts.input;
  }

  /** Pointer to what the policy's head has read. */
  get features(): number {
    return this.#features;
  }

  /** Packs the weights, for all passes. */
  pack(): void {
    const { towers, recurrent } = this.#parts;
    for (const { layers } of towers) for (const layer of layers) layer.pack();
    for (const layer of recurrent?.trunk.layers ?? []) layer.pack();
    recurrent?.memory.pack();
  }

  /** Elements of an observation in such a column: packed, or flat if it holds floats. */
  widthOf(observations: Column): number {
    return this.#parts.reader.widthOf(observations);
  }

  /** [n, inputs] The n ≤ block() packed observations of the indices, flat, where the block of inputs is. */
  flatten(observations: Column, indices: Uint32Array): Float32Array {
    const { reader, input } = this.#parts;
    reader.flatten(observations, indices.byteOffset, indices.length, input);
    return new Float32Array(indices.buffer, input, indices.length * this.#options.inputs);
  }

  /** Pointer to the recurrent state of the block's rows, when acting: a step goes on from it and leaves the next one there. */
  get state(): number {
    return this.#parts.recurrent?.state ?? 0;
  }

  /**
   * Computes what policy and critic put out for n ≤ block() observations in an arena's column: those of `indices`, a
   * pointer, or (0) those from `row` on. With a memory, it acts: a step from `state` on.
   *
   * @param masks pointer to the flags of the same rows, u8 [·, choices of all components]; 0: all choices are allowed
   */
  forward(observations: Column, row: number, indices: number, n: number, training: boolean, masks = 0): void {
    const { recurrent } = this.#parts;
    this.#read(observations, row, indices, n);
    let below = this.#input;
    if (recurrent) {
      below = recurrent.trunk.forward(below, n, false);
      recurrent.memory.step(below, recurrent.state, n);
      below = recurrent.memory.output;
    }
    this.#decide(below, n, training);
    if (masks !== 0) this.#mask(masks, row, indices, n);
  }

  /** Adds the block's part to `gradients`, a vector like the parameters, from what is at dPolicy and dValues. */
  backward(gradients: number, n: number): void {
    this.#learn(this.#input, gradients, n, 0);
  }

  /**
   * A segment of a recurrent network, forwards and backwards: n rows, `steps` steps of each. `rows` is a pointer to the
   * indices (u32 [steps, n]) of their observations; that of the first step is the row's own number, too.
   *
   * @param gradients pointer to a vector like the parameters; 0: there is no way back
   * @param states pointer to the states of all rows before the segment, f32 [·, S]
   * @param carried pointer to the masks of all transitions: what is remembered is carried over from those of mask 1
   * @param judge writes dPolicy and dValues for the observations of the indices at a pointer
   */
  segment(
    observations: Column,
    states: number,
    carried: number,
    rows: number,
    n: number,
    steps: number,
    gradients: number,
    masks: number,
    judge: (rows: number) => void,
  ): void {
    const kernels = this.#kernels;
    const { recurrent } = this.#parts;
    const { trunk, memory, state, keep } = recurrent as Recurrent;
    const keepAt = (k: number) => keep + 4 * k * kernels.rows() * kernels.stride();
    const rowsAt = (k: number) => rows + 4 * k * n;
    const look = (k: number): Block => {
      this.#read(observations, 0, rowsAt(k), n);
      return trunk.forward(this.#input, n, true);
    };
    kernels.gather(states, rows, n, memory.stateSize, state);
    memory.begin(state, n);
    for (let k = 0; k < steps; k++) {
      // The state before the first step has been reset already where an episode began: its keep is all 1.
      if (k > 0) kernels.gather(carried, rowsAt(k - 1), n, 1, keepAt(k));
      memory.forward(k, look(k), keepAt(k), n);
      const below = memory.outputAt(k);
      this.#decide(below, n, true);
      if (masks !== 0) this.#mask(masks, 0, rowsAt(k), n);
      judge(rowsAt(k));
      if (gradients !== 0) this.#learn(below, gradients, n, memory.gradientAt(k));
    }
    if (gradients === 0) return;
    for (let k = steps - 1; k >= 0; k--) {
      // What the trunk has computed is computed again, but for the last step: to keep it would take more memory than time.
      const below = k === steps - 1 ? trunk.output(this.#input) : look(k);
      memory.backward(k, below, keepAt(k), gradients, trunk.gradient, n);
      trunk.backward(this.#input, gradients, n);
    }
  }

  /** Policy and critic, from what they read on. */
  #decide(below: Block, n: number, training: boolean): void {
    const { towers, sde } = this.#parts;
    for (const tower of towers) tower.forward(below, n, training);
    this.#features = towers[0].features(below).pointer;
    sde?.forward(this.#features, n);
  }

  /** Their way back. @param inputGradient where the gradient of what they read goes, a pointer; 0: it is not wanted */
  #learn(below: Block, gradients: number, n: number, inputGradient: number): void {
    const { towers, sde } = this.#parts;
    for (const tower of towers) tower.backward(below, gradients, n, inputGradient);
    sde?.backward(this.#features, gradients, n);
  }

  #read(observations: Column, row: number, indices: number, n: number): void {
    const { reader, normal, input } = this.#parts;
    reader.read(observations, row, indices, n, input);
    if (!normal) return;
    const { means, scales } = normal;
    this.#kernels.normalizeBlock(input, means.length, n, means.byteOffset, scales.byteOffset, CLIP);
  }

  #mask(masks: number, row: number, indices: number, n: number): void {
    const choices = countChoices(this.#options);
    this.#kernels.maskLogits(this.policy, masks + row * choices, indices, n, choices);
  }
}
