import type { Arena, Column, ColumnSpecs, Columns } from '../../arena.ts';
import type { Agent, Maybe } from '../../nouns.ts';
import type { Decision, Observation } from '../../records.ts';
import { streamKey } from '../../rng.ts';
import { after } from '../../workers/crew.ts';
import {
  type ActorCriticOptions,
  actionForm,
  countChoices,
  policyOutputs,
} from '../wasm/actorCriticOptions.ts';
import { GaussianHead } from '../wasm/gaussianHead.ts';
import type { KernelLayout } from '../wasm/kernels.ts';
import { CategoricalHead, type PolicyHead } from '../wasm/policyHead.ts';
import { WasmAgent } from '../wasm/wasmAgent.ts';
import type { Device } from './device.ts';
import type { Gatherable } from './minibatchTensors.ts';
import type { TensorPolicy } from './policy.ts';

/**
 * Acts with a policy on its device. Actions are drawn on the host, by the same numbers as `WasmAgent` would draw them.
 */
export class TfAgent implements Agent {
  readonly #device: Device;
  readonly #policy: TensorPolicy;
  readonly #network: Gatherable;
  readonly #head: PolicyHead;
  readonly #key: readonly [number, number];
  readonly #firstRow: number;
  readonly #columns: Columns<ReturnType<typeof TfAgent.columns>>;
  /** [rows, inputs] */
  readonly #flat: Float32Array;

  /** The columns that an arena must have room for. */
  static columns(options: ActorCriticOptions, rows: number, kernels: KernelLayout) {
    const outputs = policyOutputs(options);
    return {
      ...WasmAgent.columns(options, rows),
      indices: ['u32', rows],
      sizes: ['i32', options.choices.length],
      outputs: ['f32', rows * outputs],
      logStd: ['f32', options.dimensions ?? 0],
      block: ['f32', outputs * kernels.rows() * kernels.stride()],
    } as const satisfies ColumnSpecs;
  }

  /** @param firstRow the number of row 0 among those of all agents that act with the same seed */
  constructor(
    device: Device,
    policy: TensorPolicy,
    network: Gatherable,
    arena: Arena,
    rows: number,
    seed: number,
    firstRow: number,
  ) {
    const { options } = network;
    const { kernels } = arena;
    this.#device = device;
    this.#policy = policy;
    this.#network = network;
    this.#key = streamKey(seed);
    this.#firstRow = firstRow;
    this.#columns = arena.take(TfAgent.columns(options, rows, kernels));
    this.#flat = new Float32Array(rows * options.inputs);
    const { sizes, logStd, indices } = this.#columns;
    for (let row = 0; row < rows; row++) indices[row] = row;
    sizes.set(options.choices);
    const { dimensions } = options;
    const deviations = options.network.stateDependentStd ? 'held' : 'shared';
    this.#head =
      dimensions === undefined
        ? new CategoricalHead(kernels, sizes.byteOffset, options.choices.length)
        : new GaussianHead(kernels, dimensions, deviations, logStd.byteOffset);
  }

  infer({ t, observations, actionMasks, carried }: Observation): Maybe<Decision> {
    const { actions, logProbs, values } = this.#columns;
    const decision: Decision = {
      kind: 'decision',
      t,
      observations,
      actionMasks,
      carried,
      actions,
      logProbs,
      values,
    };
    return after(this.#compute(observations, values.length), (numbers) => {
      this.#decide(t, actionMasks, numbers);
      return decision;
    });
  }

  value(observations: Column, values: Float32Array): Maybe<void> {
    const { outputs } = this.#columns;
    const rows = values.length;
    const size = (outputs.length / this.#columns.values.length) * rows;
    return after(this.#compute(observations, rows), (numbers) => {
      values.set(numbers.subarray(size, size + rows));
    });
  }

  /** [rows, P] what the policy puts out, [rows] values, and log-deviations that are parameters. */
  #compute(observations: Column, rows: number): Maybe<Float32Array> {
    const { inputs } = this.#network.options;
    const { tf } = this.#device;
    const flat = this.#flatten(observations, rows);
    const all = this.#device.tidy(() => {
      const { policy, values, logStd } = this.#policy.apply(tf.tensor2d(flat, [rows, inputs]));
      const parts = [policy, values, ...(logStd ? [logStd] : [])];
      return tf.concat(parts.map((part) => tf.reshape(part, [-1])));
    });
    return this.#device.read(all);
  }

  #flatten(observations: Column, rows: number): Float32Array {
    const { passes, options, arena } = this.#network;
    if (observations instanceof Float32Array) return observations;
    if (observations.length % rows !== 0)
      throw new RangeError(`infer: expected ${rows} observations, got ${observations.length} numbers`);
    const width = arena.kernels.block();
    for (let from = 0; from < rows; from += width) {
      const indices = this.#columns.indices.subarray(from, Math.min(from + width, rows));
      this.#flat.set(passes[0].flatten(observations, indices), from * options.inputs);
    }
    return this.#flat.subarray(0, rows * options.inputs);
  }

  #decide(t: number, masks: Uint8Array | undefined, numbers: Float32Array): void {
    const { actions, logProbs, values, outputs, logStd, block } = this.#columns;
    const { options, arena } = this.#network;
    const { kernels } = arena;
    const rows = values.length;
    const width = outputs.length / rows;
    outputs.set(numbers.subarray(0, outputs.length));
    values.set(numbers.subarray(outputs.length, outputs.length + rows));
    logStd.set(numbers.subarray(outputs.length + rows));
    const { size } = actionForm(options);
    const { dimensions = 0 } = options;
    const policy = block.byteOffset;
    const deviations = policy + 4 * dimensions * kernels.stride();
    for (let row = 0; row < rows; row += kernels.block()) {
      const n = Math.min(kernels.block(), rows - row);
      kernels.gather(outputs.byteOffset + 4 * row * width, 0, n, width, policy);
      if (masks) {
        const choices = countChoices(options);
        kernels.maskLogits(policy, masks.byteOffset + row * choices, 0, n, choices);
      }
      const chosen = actions.byteOffset + 4 * row * size;
      const at = this.#firstRow + row;
      const own = { policy, deviations, features: 0 };
      this.#head.sample(own, 0, n, this.#key, t, at, chosen, logProbs.byteOffset + 4 * row);
    }
  }
}
