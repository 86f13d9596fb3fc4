import type { ActorCriticOptions } from '../wasm/actorCriticOptions.ts';
import type { Tensor, Tensor2D, Tf } from './tf.ts';

/** The log-deviations that a state may have: kernels/gaussian.ts. */
const LEAST = -5;
const MOST = 2;
const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);

/** What a policy's outputs say of B actions, and how the gradient of a loss goes back to them. */
export interface Judgement {
  /** [B, 1] log p(a) */
  readonly logProbs: Tensor;
  /** [B, 1] H(p) */
  readonly entropy: Tensor;
  /**
   * The gradients by the policy's outputs and, where they are parameters, the log-deviations.
   *
   * @param g [B, 1] those of the loss by log p(a); @param e [B, 1] what H(p) lessens the loss by
   */
  gradients(g: Tensor, e: Tensor): readonly Tensor[];
}

/** What is judged of a minibatch. */
export interface Judged {
  /** [B, K] the choices (i32), or continuous actions (f32). */
  readonly actions: Tensor2D;
  /** [B, C] 0 where a choice is allowed, else far below 0, to be added to the logits; absent: all are allowed. */
  readonly forbidden?: Tensor2D;
}

/** What the outputs of a policy say of actions. @param logStd [A] as in `Outputs` */
export function logProbabilities(
  tf: Tf,
  { choices, dimensions = 0 }: Pick<ActorCriticOptions, 'choices' | 'dimensions'>,
  policy: Tensor,
  logStd: Tensor | undefined,
  { actions, forbidden }: Judged,
): Judgement {
  if (dimensions > 0) return gaussian(tf, policy, logStd, actions);
  const logits = forbidden ? tf.add(policy, forbidden) : policy;
  if (choices.length === 1) return categorical(tf, logits, actions, choices[0]);
  const actionsOf = tf.split(actions, choices.length, 1);
  const components = tf
    .split(logits, [...choices], 1)
    .map((own, k) => categorical(tf, own, actionsOf[k], choices[k]));
  return {
    logProbs: tf.addN(components.map(({ logProbs }) => logProbs)),
    entropy: tf.addN(components.map(({ entropy }) => entropy)),
    gradients: (g, e) => [
      tf.concat(
        components.map(({ gradients }) => gradients(g, e)[0]),
        1,
      ),
    ],
  };
}

/** ∂/∂lⱼ = g (1[a = j] − pⱼ) + e pⱼ (log pⱼ + H) */
function categorical(tf: Tf, logits: Tensor, actions: Tensor, choices: number): Judgement {
  const below = tf.sub(logits, tf.max(logits, 1, true));
  const logs = tf.sub(below, tf.log(tf.sum(tf.exp(below), 1, true)));
  const p = tf.exp(logs);
  const chosen = oneHot(tf, tf.reshape(actions, [-1]), choices);
  const negentropy = tf.sum(tf.mul(p, logs), 1, true);
  return {
    logProbs: tf.sum(tf.mul(chosen, logs), 1, true),
    entropy: tf.neg(negentropy),
    gradients(g, e) {
      const shared = tf.sub(tf.mul(tf.sub(logs, negentropy), e), g);
      return [tf.add(tf.mul(chosen, g), tf.mul(p, shared))];
    },
  };
}

/** [B, choices] as floats. */
function oneHot(tf: Tf, actions: Tensor, choices: number): Tensor {
  if (choices === 1) return tf.ones([actions.size, 1]);
  // The wasm backend writes integers, whatever it is asked for.
  return tf.cast(tf.oneHot(actions, choices), 'float32');
}

/** z = (a − μ) / σ; ∂/∂μ = g z / σ, ∂/∂log σ = g (z² − 1) − e, 0 where log σ is put out beyond its bounds */
function gaussian(tf: Tf, policy: Tensor, parameters: Tensor | undefined, actions: Tensor): Judgement {
  const [means, raw] = parameters ? [policy, parameters] : tf.split(policy, 2, 1);
  const logStd = parameters ?? tf.clipByValue(raw, LEAST, MOST);
  const inverse = tf.exp(tf.neg(logStd));
  const z = tf.mul(tf.sub(actions, means), inverse);
  const squares = tf.square(z);
  const dimensions = actions.shape[1] ?? 0;
  // Of a row: a parameter is the same in all of them.
  const sum = tf.sum(logStd, -1, true);
  const halves = tf.mul(tf.sum(squares, 1, true), -0.5);
  const logProbs = tf.sub(halves, tf.add(sum, dimensions * HALF_LOG_TAU));
  const entropy = tf.add(tf.add(sum, dimensions * (0.5 + HALF_LOG_TAU)), tf.zerosLike(logProbs));
  return {
    logProbs,
    entropy,
    gradients(g, e) {
      const dMeans = tf.mul(tf.mul(z, inverse), g);
      const dLogStd = tf.sub(tf.mul(tf.sub(squares, 1), g), e);
      if (parameters) return [dMeans, tf.sum(dLogStd, 0)];
      const inside = tf.cast(tf.equal(raw, logStd), 'float32');
      return [tf.concat([dMeans, tf.mul(dLogStd, inside)], 1)];
    },
  };
}
