import type { Tensor as HostTensor } from '../../nouns.ts';
import { ActorCritic } from '../wasm/actorCritic.ts';
import { type ActorCriticOptions, policyOutputs } from '../wasm/actorCriticOptions.ts';
import type { ImageShape } from '../wasm/convLayer.ts';
import { imageOf } from '../wasm/networkPlan.ts';
import { activate } from './activation.ts';
import { assignVariable } from './assignVariable.ts';
import { memoryCell } from './cells.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import type { Device } from './device.ts';
import { layerNorm } from './layerNorm.ts';
import type { MemoryCell } from './memoryCell.ts';
import type { Outputs, Segments, TensorPolicy } from './policy.ts';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D, Variable } from './tf.ts';

/** Observations are cut to ± this after they have been normalised. */
const CLIP = 10;

/** The network of an `ActorCritic`, on a device: its tensors have the same names, shapes and meaning. */
export class SpecPolicy implements TensorPolicy {
  readonly variables: readonly (readonly [name: string, variable: Variable])[];
  readonly #device: Device;
  readonly #options: ActorCriticOptions;
  readonly #memory: MemoryCell | undefined;
  readonly #named: ReadonlyMap<string, Variable>;
  /** [inputs] What is subtracted from observations, and what they are multiplied by then. */
  readonly #normal: { readonly mean: Variable; readonly scale: Variable } | undefined;

  /** All weights are 0 until they are assigned. @throws RangeError if there is no such network, as with gSDE */
  constructor(device: Device, options: ActorCriticOptions) {
    const { tf } = device;
    if (options.dimensions !== undefined && options.network.exploration === 'gsde')
      throw new RangeError('network: exploration: expected independent on a device, got gsde');
    const { 'observations.mean': mean, 'observations.scale': scale, ...shapes } = ActorCritic.shapes(options);
    const variable = (shape: readonly number[]) => device.tidy(() => tf.variable(tf.zeros([...shape])));
    this.#device = device;
    this.#options = options;
    this.#normal = mean && { mean: variable(mean), scale: variable(scale) };
    this.variables = Object.entries(shapes).map(([name, shape]) => [name, variable(shape)]);
    this.#named = new Map(this.variables);
    const { kind } = options.network.memory;
    this.#memory = kind === 'none' ? undefined : memoryCell(device, kind, (name) => this.#weight(name));
  }

  /** @throws Error if the network has a memory */
  apply(observations: Tensor2D): Outputs {
    if (this.#memory)
      throw new Error('SpecPolicy: expected whole segments for a network with a memory, got single steps');
    const seen = this.#normalize(observations);
    if (this.#options.network.shared) return this.#heads(this.#trunk('trunk', seen));
    const [policy, value] = ['actor', 'critic'].map((prefix) => {
      const { features, index, isData } = this.#trunk(prefix, seen);
      return this.#dense(`${prefix}.${index}`, features, 'linear', isData);
    });
    return this.#outputs(policy, value);
  }

  /** @throws Error if the network has no memory */
  applySegments({ observations, states, keeps }: Segments): Outputs {
    const { tf } = this.#device;
    if (!this.#memory)
      throw new Error('SpecPolicy: expected a network with a memory for segments, got one without');
    const [steps, rows, inputs] = observations.shape;
    const seen = this.#normalize(tf.reshape(observations, [steps * rows, inputs]));
    const { features, isData } = this.#trunk('trunk', seen);
    const looks = tf.reshape(features, [steps, rows, features.shape[1]]) as Tensor3D;
    const { outputs } = this.#memory(looks, states, keeps, isData);
    const remembered = tf.reshape(outputs, [steps * rows, outputs.shape[2]]) as Tensor2D;
    return this.#heads({ features: remembered, isData: false });
  }

  assign(weights: Readonly<Record<string, HostTensor>>): void {
    const { tf } = this.#device;
    this.#device.tidy(() => {
      for (const [name, variable] of this.variables) assignVariable(tf, variable, weights[name]);
      if (!this.#normal) return;
      assignVariable(tf, this.#normal.mean, weights['observations.mean']);
      assignVariable(tf, this.#normal.scale, weights['observations.scale']);
    });
  }

  dispose(): void {
    for (const [, variable] of this.variables) variable.dispose();
    this.#normal?.mean.dispose();
    this.#normal?.scale.dispose();
  }

  #normalize(observations: Tensor2D): Tensor2D {
    const { tf } = this.#device;
    if (!this.#normal) return observations;
    const { mean, scale } = this.#normal;
    return tf.clipByValue(tf.mul(tf.sub(observations, mean), scale), -CLIP, CLIP);
  }

  /** The hidden layers; `index` is the number of the module after them. */
  #trunk(prefix: string, seen: Tensor2D): Features & { readonly index: number } {
    const { hidden, activation, layerNorm: isNormed } = this.#options.network;
    let { features, index, isData } = this.#convolutions(prefix, seen);
    for (const _ of hidden) {
      const name = `${prefix}.${index}`;
      features = this.#dense(name, features, isNormed ? 'linear' : activation, isData);
      isData = false;
      if (isNormed) {
        const [gain, bias] = this.#weights(`${prefix}.${index + 1}`);
        features = activate(this.#device, layerNorm(this.#device, features, gain, bias), activation);
      }
      index += isNormed ? 3 : 2;
    }
    return { features, index, isData };
  }

  #convolutions(prefix: string, seen: Tensor2D): Features & { readonly index: number } {
    const { tf } = this.#device;
    const { convolutions, hidden, activation } = this.#options.network;
    if (convolutions.length === 0) return { features: seen, index: 0, isData: true };
    let images = this.#images(seen, imageOf(this.#options));
    for (const [l, { stride }] of convolutions.entries()) {
      const [weight, bias] = this.#weights(`${prefix}.${2 * l}`);
      images = conv(this.#device, images, weight as Tensor4D, bias, stride, activation, l === 0);
    }
    // PyTorch flattens channel after channel. What is no hidden layer reads the features as they lie, as in the arena.
    const flat = hidden.length > 0 ? tf.transpose(images, [0, 3, 1, 2]) : images;
    const features = tf.reshape(flat, [seen.shape[0], -1]) as Tensor2D;
    return { features, index: 2 * convolutions.length, isData: false };
  }

  #images(seen: Tensor2D, { height, width, channels, order }: ImageShape): Tensor4D {
    const { tf } = this.#device;
    const [n] = seen.shape;
    if (order === 'HWC') return tf.reshape(seen, [n, height, width, channels]);
    return tf.transpose(tf.reshape(seen, [n, channels, height, width]), [0, 2, 3, 1]);
  }

  /** Policy and critic on what both share: one product. */
  #heads({ features, isData }: Features): Outputs {
    const { tf } = this.#device;
    const [policy, value] = [this.#weights('policy'), this.#weights('value')];
    const [weight, bias] = policy.map((part, k) => tf.concat([part, value[k]]));
    const both = dense(this.#device, features, weight, bias, 'linear', isData);
    const [n, columns] = both.shape;
    const outputs = policyOutputs(this.#options);
    return this.#outputs(
      tf.slice(both, [0, 0], [n, outputs]),
      tf.slice(both, [0, outputs], [n, columns - outputs]),
    );
  }

  /** @param values [B, 1] */
  #outputs(policy: Tensor2D, values: Tensor2D): Outputs {
    const logStd = this.#named.get('logStd');
    return { policy, values: this.#device.tf.reshape(values, [-1]), ...(logStd && { logStd }) };
  }

  #dense(
    name: string,
    x: Tensor2D,
    activation: ActorCriticOptions['network']['activation'] | 'linear',
    isData: boolean,
  ) {
    const [weight, bias] = this.#weights(name);
    return dense(this.#device, x, weight, bias, activation, isData);
  }

  #weight(name: string): Tensor {
    return this.#named.get(name) as Variable;
  }

  #weights(name: string): readonly [weight: Tensor, bias: Tensor] {
    return [this.#weight(`${name}.weight`), this.#weight(`${name}.bias`)];
  }
}

/** What a part of the network has computed. */
interface Features {
  /** [B, width] */
  readonly features: Tensor2D;
  /** They are the observations themselves: no gradient is wanted. */
  readonly isData: boolean;
}
