import type { SacActor } from '../../wasm/sac/sacActor.ts';
import type { SacLearnerConfig } from '../../wasm/sac/sacLearner.ts';
import type { SacNetwork } from '../../wasm/sac/sacOptions.ts';
import { dense } from '../dense.ts';
import type { Device } from '../device.ts';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '../tf.ts';
import type { ExperienceBatch } from './experienceReader.ts';
import { flat } from './partedVector.ts';
import type { SacNumbers } from './sacNumbers.ts';
import { SquashedGaussian } from './squashedGaussian.ts';
import type { Trained } from './trained.ts';

/** What an update tells, in the order of the sums. */
export const told = [
  'qf1Loss',
  'qf2Loss',
  'qf1Values',
  'qf2Values',
  'actorLoss',
  'entropy',
  'alpha',
  'alphaLoss',
] as const;

/** Tensors of a layer: W [outputs, inputs] and b [outputs]. */
const LAYER = 2;

/** The values of both critics. [B] */
type Twin = readonly [Tensor1D, Tensor1D];

/** The steps of SAC's updates on a device. */
export class SacSteps {
  readonly #device: Device;
  readonly #config: SacLearnerConfig;
  readonly #network: SacNetwork;
  readonly #numbers: SacNumbers;
  readonly #gaussian: SquashedGaussian;

  constructor(device: Device, { options }: SacActor, config: SacLearnerConfig, numbers: SacNumbers) {
    this.#device = device;
    this.#config = config;
    this.#network = options.network;
    this.#numbers = numbers;
    this.#gaussian = new SquashedGaussian(device, options);
  }

  /** One update. @returns [B] half the sum of both critics' errors */
  update(batch: ExperienceBatch, policyLearningRate: number, qLearningRate: number): Tensor1D {
    const { tf } = this.#device;
    const { autotune, tau } = this.#config;
    const { actor, critics, targets, logAlpha, sums } = this.#numbers;
    return this.#device.tidy(() => {
      const alpha = (
        autotune ? tf.exp(logAlpha.parameters.vector) : tf.tensor1d([this.#config.alpha])
      ) as Tensor1D;
      const ofCritics = this.#differentiateCritics(batch, alpha);
      critics.step(ofCritics.gradient, qLearningRate);
      const ofActor = this.#differentiateActor(batch, alpha);
      actor.step(ofActor.gradient, policyLearningRate);
      const { vector } = targets;
      targets.assign(tf.add(vector, tf.mul(tf.sub(critics.parameters.vector, vector), tau)));
      const alphaLoss = this.#alphaLoss(batch, alpha);
      // The loss is −α (log π + H), so by log α the gradient is the same.
      if (autotune) logAlpha.step(alphaLoss, qLearningRate);
      sums.assign(tf.add(sums, tf.concat1d([ofCritics.told, ofActor.told, alpha, alphaLoss])));
      return ofCritics.errors;
    });
  }

  dispose(): void {
    this.#gaussian.dispose();
  }

  #differentiateCritics(batch: ExperienceBatch, alpha: Tensor1D) {
    const { tf } = this.#device;
    const { observations, actions, returns, discounts, sampleWeights } = batch;
    const next = this.#act(batch.nextObservations, batch.noise.next);
    const [next1, next2] = this.#judge(
      this.#numbers.targets.parts,
      batch.nextObservations,
      next.actions,
      true,
    );
    const soft = tf.sub(tf.minimum(next1, next2), tf.mul(alpha, next.logProbs));
    const goals = tf.add(returns, tf.mul(discounts, soft));
    return this.#differentiate(this.#numbers.critics, () => {
      const values = this.#judge(this.#numbers.critics.parameters.parts, observations, actions, true);
      const errors = values.map((value) => tf.sub(value, goals));
      const losses = errors.map((error) => {
        const square = tf.square(error);
        return tf.mean(sampleWeights ? tf.mul(square, sampleWeights) : square) as Scalar;
      });
      return {
        loss: tf.add(losses[0], losses[1]) as Scalar,
        told: tf.stack([...losses, ...values.map((value) => tf.mean(value))]) as Tensor1D,
        errors: tf.mul(tf.add(tf.abs(errors[0]), tf.abs(errors[1])), 0.5) as Tensor1D,
      };
    });
  }

  #differentiateActor({ observations, noise }: ExperienceBatch, alpha: Tensor1D) {
    const { tf } = this.#device;
    return this.#differentiate(this.#numbers.actor, () => {
      const { actions, logProbs } = this.#act(observations, noise.actor);
      const [value1, value2] = this.#judge(
        this.#numbers.critics.parameters.parts,
        observations,
        actions,
        false,
      );
      const loss = tf.mean(tf.sub(tf.mul(alpha, logProbs), tf.minimum(value1, value2))) as Scalar;
      return { loss, told: tf.stack([loss, tf.neg(tf.mean(logProbs))]) as Tensor1D };
    });
  }

  /** [1] −α (log π + H), H = −A, of actions that are drawn anew; nothing learns from it without autotune: 0 then. */
  #alphaLoss({ observations, noise, actions }: ExperienceBatch, alpha: Tensor1D): Tensor1D {
    const { tf } = this.#device;
    if (!this.#config.autotune) return tf.zeros([1]);
    const { logProbs } = this.#act(observations, noise.alpha);
    return tf.mul(tf.neg(alpha), tf.sub(tf.mean(logProbs), actions.shape[1]));
  }

  /** The gradient of a loss by all parameters, and what else was computed on the way. */
  #differentiate<T extends { readonly loss: Scalar } & Readonly<Record<string, Tensor>>>(
    { parameters }: Trained,
    compute: () => T,
  ): Omit<T, 'loss'> & { readonly gradient: Tensor1D } {
    const { tf } = this.#device;
    const kept: Record<string, Tensor> = {};
    const parts = [...parameters.parts];
    const { grads } = tf.variableGrads(() => {
      const { loss, ...others } = compute();
      for (const [name, tensor] of Object.entries(others)) kept[name] = tf.keep(tensor);
      return loss;
    }, parts);
    const gradient = flat(
      this.#device,
      parts.map(({ name }) => grads[name]),
    );
    // What was kept is nobody's to give back, unlike its copy.
    const copies = Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]);
    for (const tensor of Object.values(kept)) tensor.dispose();
    return { ...Object.fromEntries(copies), gradient };
  }

  #act(observations: Tensor2D, noise: Tensor2D) {
    const { parts } = this.#numbers.actor.parameters;
    // The heads: W and b of the means, and of the deviations.
    const heads = parts.slice(-2 * LAYER);
    const features = this.#hidden(parts.slice(0, -2 * LAYER), observations, true);
    const [means, deviations] = [0, LAYER].map((k) =>
      dense(this.#device, features, heads[k], heads[k + 1], 'linear'),
    );
    return this.#gaussian.sample(means, deviations, noise);
  }

  /** @param isData no gradient is wanted by the actions */
  #judge(parts: readonly Variable[], observations: Tensor2D, actions: Tensor2D, isData: boolean): Twin {
    const { tf } = this.#device;
    const input = tf.concat2d([observations, actions], 1);
    const half = parts.length / 2;
    const [first, second] = [parts.slice(0, half), parts.slice(half)].map((own) => {
      const features = this.#hidden(own.slice(0, -LAYER), input, isData);
      const [weight, bias] = own.slice(-LAYER);
      return tf.reshape(dense(this.#device, features, weight, bias, 'linear'), [-1]) as Tensor1D;
    });
    return [first, second];
  }

  #hidden(parts: readonly Variable[], input: Tensor2D, isData: boolean): Tensor2D {
    let features = input;
    for (let l = 0; l < parts.length; l += LAYER) {
      const { activation } = this.#network;
      features = dense(this.#device, features, parts[l], parts[l + 1], activation, isData && l === 0);
    }
    return features;
  }
}
