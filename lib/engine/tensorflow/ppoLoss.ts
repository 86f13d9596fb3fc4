import type { ActorCriticOptions } from '../wasm/actorCriticOptions.ts';
import { logProbabilities } from './logProbabilities.ts';
import type { MinibatchTensors } from './minibatchTensors.ts';
import type { Outputs } from './policy.ts';
import type { Tensor, Tensor1D, Tf } from './tf.ts';
import { withGradient } from './withGradient.ts';

export interface PpoLossSettings {
  readonly clipCoef: number;
  readonly clipVloss: boolean;
  readonly entCoef: number;
  readonly vfCoef: number;
  /** 0: there is no such bound. */
  readonly dualClip: number;
  readonly klCoef: number;
}

/** What `ppoLoss` begins with, in order. */
export const ppoLosses = [
  'loss',
  'policyLoss',
  'valueLoss',
  'entropy',
  'approxKl',
  'oldApproxKl',
  'clipFraction',
] as const;

/**
 * PPO's clipped loss, of which kernels/surrogate.ts has the equations.
 *
 *   loss = policy − entCoef · H(p) + vfCoef · value + klCoef · kl
 *
 * It is one operation with a gradient of its own: taken apart it would be twice as many, and where two terms are equal,
 * TensorFlow's gradient is another.
 *
 * @returns [7 + B] `ppoLosses`, means over the samples that count, and the log-probabilities of the actions; only the
 *   first, the loss, has a gradient
 * @see arXiv:1707.06347, arXiv:1912.09729 (dual clip); reference data: spec/golden/ppo_loss.json
 */
export function ppoLoss(
  tf: Tf,
  options: Pick<ActorCriticOptions, 'choices' | 'dimensions'>,
  { policy, values, logStd }: Outputs,
  minibatch: MinibatchTensors,
  { clipCoef, clipVloss, entCoef, vfCoef, dualClip, klCoef }: PpoLossSettings,
): Tensor1D {
  const { logProbs: oldLogProbs, advantages, returns, values: oldValues, scales } = minibatch;

  /** The loss by the log-probabilities: its terms, and its gradient but for the samples' scales. */
  const policyTerms = (logProbs: Tensor) => {
    const logRatio = tf.sub(logProbs, oldLogProbs);
    const ratio = tf.exp(logRatio);
    const excess = tf.sub(ratio, 1);
    const negative = tf.neg(advantages);
    const plain = tf.mul(negative, ratio);
    const clipped = tf.mul(negative, tf.clipByValue(ratio, 1 - clipCoef, 1 + clipCoef));
    let loss = tf.maximum(plain, clipped);
    // Within the clip range the two are equal and each passes half of the gradient: all of it.
    let flows = tf.greaterEqual(plain, clipped);
    if (dualClip > 0) {
      const bound = tf.mul(negative, dualClip);
      const bounded = tf.logicalAnd(tf.less(advantages, 0), tf.greater(loss, bound));
      loss = tf.where(bounded, bound, loss);
      flows = tf.logicalAnd(flows, tf.logicalNot(bounded));
    }
    const slope = tf.mul(plain, tf.cast(flows, 'float32'));
    return {
      loss,
      kl: tf.sub(excess, logRatio),
      oldKl: tf.neg(logRatio),
      far: tf.cast(tf.greater(tf.abs(excess), clipCoef), 'float32'),
      gradient: klCoef > 0 ? tf.add(slope, tf.mul(excess, klCoef)) : slope,
    };
  };

  /** ½ max((v − R)², (v₀ + clip(v − v₀) − R)²), and its gradient. */
  const valueTerms = (estimates: Tensor) => {
    const error = tf.sub(estimates, returns);
    const square = tf.square(error);
    if (!clipVloss) return { loss: tf.mul(square, 0.5), gradient: error };
    const moved = tf.sub(estimates, oldValues);
    const within = tf.add(oldValues, tf.clipByValue(moved, -clipCoef, clipCoef));
    const clippedSquare = tf.square(tf.sub(within, returns));
    // Not by comparing the losses alone: v₀ + (v − v₀) need not be v.
    const near = tf.lessEqual(tf.abs(moved), clipCoef);
    const kept = tf.logicalOr(near, tf.greater(square, clippedSquare));
    return {
      loss: tf.mul(tf.maximum(square, clippedSquare), 0.5),
      gradient: tf.mul(error, tf.cast(kept, 'float32')),
    };
  };

  const inputs = [policy, values, ...(logStd ? [logStd] : [])];
  return withGradient<Tensor1D>(
    tf,
    inputs,
    () => {
      const { logProbs, entropy, gradients } = logProbabilities(tf, options, policy, logStd, minibatch);
      const flat = tf.reshape(logProbs, [-1]);
      const surrogate = policyTerms(flat);
      const value = valueTerms(tf.reshape(values, [-1]));
      const { loss, kl, oldKl, far } = surrogate;
      const terms = tf.concat([loss, value.loss, tf.reshape(entropy, [-1]), kl, oldKl, far]);
      const means = tf.sum(tf.mul(tf.reshape(terms, [ppoLosses.length - 1, -1]), scales), 1);
      const coefs = tf.tensor1d([1, vfCoef, -entCoef, klCoef, 0, 0]);
      const total = tf.sum(tf.mul(means, coefs), 0, true);
      const column = tf.reshape(scales, [-1, 1]);
      const byLogProbs = tf.mul(tf.reshape(surrogate.gradient, [-1, 1]), column);
      const byValues = tf.mul(value.gradient, tf.mul(scales, vfCoef));
      const [byPolicy, ...byLogStd] = gradients(byLogProbs, tf.mul(column, entCoef));
      return {
        value: tf.concat([total, means, flat]) as Tensor1D,
        kept: [byPolicy, tf.reshape(byValues, values.shape), ...byLogStd],
      };
    },
    (dy, kept) => {
      const factor = tf.slice(dy, 0, 1);
      return kept.map((own) => tf.mul(own, factor));
    },
  );
}
