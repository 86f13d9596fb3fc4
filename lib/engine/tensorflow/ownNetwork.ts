import type { Arena, Column, ColumnSpecs } from '../../arena.ts';
import type { Tensor } from '../../nouns.ts';
import { checkFinite, checkTensors } from '../../restore.ts';
import type { Weights } from '../engine.ts';
import type { ActorCriticOptions } from '../wasm/actorCriticOptions.ts';
import type { KernelLayout } from '../wasm/kernels.ts';
import { ObservationReader } from '../wasm/observationReader.ts';
import type { Device } from './device.ts';
import type { Gatherable } from './minibatchTensors.ts';
import type { TensorPolicy } from './policy.ts';

/** The weights of a policy of one's own, as they were published last, and how observations are read for it. */
export class OwnNetwork implements Weights, Gatherable {
  readonly options: ActorCriticOptions;
  readonly arena: Arena;
  readonly stateSize = 0;
  readonly passes: Gatherable['passes'];
  readonly #policy: TensorPolicy;
  #tensors: Readonly<Record<string, Tensor>> = {};

  /** The columns that an arena must have room for. */
  static columns(options: ActorCriticOptions, kernels: KernelLayout) {
    const block = kernels.block() * options.inputs;
    return { ...ObservationReader.columns(options), input: ['f32', block] } as const satisfies ColumnSpecs;
  }

  constructor(policy: TensorPolicy, options: ActorCriticOptions, arena: Arena) {
    const { program, input } = arena.take(OwnNetwork.columns(options, arena.kernels));
    const reader = new ObservationReader(options, arena.kernels, program);
    this.options = options;
    this.arena = arena;
    this.#policy = policy;
    const flatten = (observations: Column, indices: Uint32Array) => {
      reader.flatten(observations, indices.byteOffset, indices.length, input.byteOffset);
      return input.subarray(0, indices.length * options.inputs);
    };
    this.passes = [{ flatten }];
  }

  /** Reads what the policy was made with. */
  async read(device: Device): Promise<void> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, variable] of this.#policy.variables) {
      const data = new Float32Array(await device.read(variable.clone()));
      tensors[name] = { shape: variable.shape, data };
    }
    this.#tensors = tensors;
  }

  /** Nothing: whoever made the policy has drawn its weights by the run's seed. */
  initialize(): void {}

  tensors(): Record<string, Tensor> {
    const copies = Object.entries(this.#tensors).map(([name, { shape, data }]) => {
      return [name, { shape, data: data.slice() }] as const;
    });
    return Object.fromEntries(copies);
  }

  load(weights: Readonly<Record<string, Tensor>>): void {
    checkTensors('agent', this.#tensors, weights);
    checkFinite('agent', weights);
    this.#tensors = weights;
    this.#policy.assign(weights);
  }
}
