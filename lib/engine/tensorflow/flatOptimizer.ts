import type { Saved, Stateful } from '../../nouns.ts';
import { prefixed } from '../../restore.ts';
import { checkMoments, checkOptimizer, type OptimizerConfig, power } from '../wasm/optimizer.ts';
import type { Device } from './device.ts';
import { orthogonalize } from './muon.ts';
import { splitVector } from './splitVector.ts';
import type { Tensor1D, Tensor2D } from './tf.ts';

/** Tensors that lie one after another in a vector, by their names. */
export type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A vector as named tensors, which are copies. */
export function namedTensors(shapes: Shapes, vector: Float32Array): Saved['tensors'] {
  let from = 0;
  return Object.fromEntries(
    shapes.map(([name, shape]) => {
      const to = from + sizeOf(shape);
      const data = vector.slice(from, to);
      from = to;
      return [name, { shape, data }];
    }),
  );
}

/**
 * The optimizers of lib/engine/wasm/optimizer.ts on a device, where all parameters are one vector: few operations, however
 * many tensors there are. What it remembers is on the device; the host has it as of the last time it was published, and
 * that is what is saved.
 */
export class FlatOptimizer implements Stateful {
  readonly #device: Device;
  readonly #shapes: Shapes;
  readonly #config: OptimizerConfig;
  readonly #size: number;
  /** Names of moments, and as they were published. */
  readonly #published: readonly (readonly [name: string, column: Float32Array])[];
  #publishedUpdates = 0;
  #moments: readonly Tensor1D[] = [];
  #updates = 0;

  /** @throws RangeError as `Optimizer` */
  constructor(device: Device, shapes: Shapes, config: OptimizerConfig) {
    checkOptimizer(config);
    this.#device = device;
    this.#shapes = shapes;
    this.#config = config;
    this.#size = shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    const names = config.kind === 'muon' ? ['m'] : ['m', 'v'];
    this.#published = names.map((name) => [name, new Float32Array(this.#size)]);
  }

  /** Steps taken. */
  get updates(): number {
    return this.#updates;
  }

  /** What it remembers, on the device: vectors like the parameters. */
  get moments(): readonly Tensor1D[] {
    const { tf } = this.#device;
    // The host's arrays will be written again: the device has copies.
    if (this.#moments.length === 0)
      this.#moments = this.#published.map(([, column]) => tf.keep(tf.tensor1d(column.slice())));
    return this.#moments;
  }

  /** One step by the gradients, both vectors of all parameters; to be called where tensors are tidied up. */
  step(weights: Tensor1D, gradients: Tensor1D, learningRate: number): Tensor1D {
    const { tf } = this.#device;
    const { kind, weightDecay } = this.#config;
    this.#updates++;
    const kept = weightDecay > 0 ? tf.mul(weights, 1 - learningRate * weightDecay) : weights;
    return tf.sub(
      kept,
      kind === 'muon' ? this.#muon(gradients, learningRate) : this.#adam(gradients, learningRate),
    );
  }

  /** m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), multiplied out by √(1 − β₂ᵗ) */
  #adam(gradients: Tensor1D, learningRate: number): Tensor1D {
    const { tf } = this.#device;
    const { beta1, beta2, eps } = this.#config;
    const [m, v] = this.moments;
    const root = Math.sqrt(1 - power(beta2, this.#updates));
    const rate = (learningRate * root) / (1 - power(beta1, this.#updates));
    const means: Tensor1D = tf.add(tf.mul(m, beta1), tf.mul(gradients, 1 - beta1));
    const squares: Tensor1D = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradients), 1 - beta2));
    this.#remember([means, squares]);
    return tf.div(tf.mul(means, rate), tf.add(tf.sqrt(squares), eps * root));
  }

  #muon(gradients: Tensor1D, learningRate: number): Tensor1D {
    const { tf } = this.#device;
    const { beta1 } = this.#config;
    const [m] = this.moments;
    const momentum: Tensor1D = tf.add(tf.mul(m, beta1), gradients);
    this.#remember([momentum]);
    const update = tf.add(gradients, tf.mul(momentum, beta1));
    const sizes = this.#shapes.map(([, shape]) => sizeOf(shape));
    const parts = splitVector(this.#device, update as Tensor1D, sizes);
    const steps = this.#shapes.map(([, shape], k) => {
      if (shape.length < 2) return parts[k];
      const matrix: Tensor2D = tf.reshape(parts[k], [shape[0], -1]);
      return tf.reshape(orthogonalize(tf, matrix), [-1]);
    });
    return tf.mul(tf.concat(steps), learningRate) as Tensor1D;
  }

  #remember(moments: readonly Tensor1D[]): void {
    this.forget();
    this.#moments = moments.map((moment) => this.#device.tf.keep(moment));
  }

  /** Takes on what the device has, of which these are the moments, one after another. */
  publish(moments: Float32Array): void {
    for (const [k, [, column]] of this.#published.entries())
      column.set(moments.subarray(k * this.#size, (k + 1) * this.#size));
    this.#publishedUpdates = this.#updates;
  }

  /** Goes back to what was published. */
  revert(): void {
    this.forget();
    this.#updates = this.#publishedUpdates;
  }

  /** Gives back what it holds of the device. */
  forget(): void {
    for (const moment of this.#moments) moment.dispose();
    this.#moments = [];
  }

  save(): Saved {
    const tensors = this.#published.map(([name, column]) =>
      prefixed(`${name}.`, namedTensors(this.#shapes, column)),
    );
    return { tensors: Object.assign({}, ...tensors), values: { updates: this.#publishedUpdates } };
  }

  load(saved: Saved): void {
    this.#publishedUpdates = checkMoments(this.save().tensors, saved, this.#config);
    for (const [name, column] of this.#published) {
      let at = 0;
      for (const [own, shape] of this.#shapes) {
        column.set(saved.tensors[`${name}.${own}`].data, at);
        at += sizeOf(shape);
      }
    }
    this.revert();
  }
}
