import type { Minibatch } from '../../../records.ts';
import type { Experience } from '../../../replay.ts';
import type { ActorPass, SacActor } from '../../wasm/sac/sacActor.ts';
import { checkMinibatch, type NoiseSource } from '../../wasm/sac/sacGradients.ts';
import type { Device } from '../device.ts';
import type { Tensor1D, Tensor2D } from '../tf.ts';

/** A minibatch of B samples, with the noise that is drawn for it. */
export interface ExperienceBatch {
  /** [B, inputs] */
  readonly observations: Tensor2D;
  readonly nextObservations: Tensor2D;
  /** [B, A] */
  readonly actions: Tensor2D;
  readonly noise: Readonly<Record<'next' | 'actor' | 'alpha', Tensor2D>>;
  /** [B] */
  readonly returns: Tensor1D;
  readonly discounts: Tensor1D;
  /** Absent: all are 1. */
  readonly sampleWeights?: Tensor1D;
}

/** Gathers minibatches of an arena, by the pass that the actor reads and draws with. */
export class ExperienceReader {
  readonly #device: Device;
  readonly #actor: SacActor;
  readonly #noise: NoiseSource;

  constructor(device: Device, actor: SacActor, noise: NoiseSource) {
    this.#device = device;
    this.#actor = actor;
    this.#noise = noise;
  }

  /** @throws TypeError or RangeError unless there are samples, of the network's arena */
  read(minibatch: Minibatch<Experience>, update: number): ExperienceBatch {
    checkMinibatch(minibatch, this.#actor.arena);
    const { tf } = this.#device;
    const { columns, indices } = minibatch;
    const { inputs, low } = this.#actor.options;
    const [pass] = this.#actor.passes;
    const noise = (use: 'next' | 'actor' | 'alpha') =>
      this.#rows(indices.length, low.length, pass.noise, (from, n) =>
        this.#noise(pass, use, update, from, n),
      );
    const observations = (column: Experience['observations'], { byteOffset }: Uint32Array) =>
      this.#rows(indices.length, inputs, pass.input.pointer, (from, n) =>
        pass.read(column, 0, byteOffset + 4 * from, n),
      );
    const { returns, discounts, sampleWeights } = columns;
    const column = (numbers: Float32Array) => tf.tensor1d(numbers.slice(0, indices.length));
    return {
      observations: observations(columns.observations, indices),
      nextObservations: observations(columns.nextObservations, columns.nextIndices),
      actions: this.#rows(indices.length, low.length, pass.actions, (from, n) =>
        this.#gather(pass, columns.actions, indices, from, n),
      ),
      noise: { next: noise('next'), actor: noise('actor'), alpha: noise('alpha') },
      returns: column(returns),
      discounts: column(discounts),
      ...(sampleWeights && { sampleWeights: column(sampleWeights) }),
    };
  }

  #gather(pass: ActorPass, actions: Float32Array, indices: Uint32Array, from: number, n: number): void {
    const { arena, options } = this.#actor;
    arena.kernels.gather(
      actions.byteOffset,
      indices.byteOffset + 4 * from,
      n,
      options.low.length,
      pass.actions,
    );
  }

  /** The rows of all samples, which are written to a block at a pointer, feature by feature, some samples at a time. */
  #rows(
    samples: number,
    features: number,
    pointer: number,
    write: (from: number, n: number) => void,
  ): Tensor2D {
    const { kernels, memory } = this.#actor.arena;
    const stride = kernels.stride();
    const width = kernels.block();
    const block = new Float32Array(memory.buffer, pointer, features * stride);
    const rows = new Float32Array(samples * features);
    for (let from = 0; from < samples; from += width) {
      const n = Math.min(width, samples - from);
      write(from, n);
      for (let k = 0; k < features; k++) {
        for (let s = 0; s < n; s++) rows[(from + s) * features + k] = block[k * stride + s];
      }
    }
    return this.#device.tf.tensor2d(rows, [samples, features]);
  }
}
