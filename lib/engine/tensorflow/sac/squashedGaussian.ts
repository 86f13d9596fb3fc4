import type { SacOptions } from '../../wasm/sac/sacOptions.ts';
import type { Device } from '../device.ts';
import type { Tensor, Tensor1D, Tensor2D } from '../tf.ts';
import { withGradient } from '../withGradient.ts';

/** ½ log 2π */
const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI);
/** Keeps the logarithm of a saturated action's density finite; CleanRL's. */
const EPSILON = 1e-6;

/**
 * Actions of a squashed Gaussian and their log-probabilities, as `kernels/squashed.ts` has them:
 *
 *   x = μ + σ ε,  log σ = −5 + 3.5 (tanh z + 1),  a = scale · tanh x + bias
 *   log π = Σ log N(x; μ, σ) − log(scale (1 − tanh² x) + 1e-6)
 *
 * @see arXiv:1812.05905; reference data: spec/golden/sac_loss.json
 */
export class SquashedGaussian {
  readonly #device: Device;
  /** [A] each. */
  readonly #scale: Tensor1D;
  readonly #bias: Tensor1D;
  readonly #low: Tensor1D;
  readonly #high: Tensor1D;

  constructor(device: Device, { low, high }: Pick<SacOptions, 'low' | 'high'>) {
    const { tf } = device;
    const kept = (of: (low: number, high: number) => number) =>
      device.tidy(() => tf.keep(tf.tensor1d(Array.from(low, (least, k) => of(least, high[k])))));
    this.#device = device;
    this.#scale = kept((least, most) => (most - least) / 2);
    this.#bias = kept((least, most) => (most + least) / 2);
    this.#low = kept((least) => least);
    this.#high = kept((_, most) => most);
  }

  /** @param means,deviations,noise [B, A]: μ, z and ε; the gradient goes to μ and z, past the bounds of an action */
  sample(means: Tensor2D, deviations: Tensor2D, noise: Tensor2D): { actions: Tensor2D; logProbs: Tensor1D } {
    const { tf } = this.#device;
    const [, size] = means.shape;
    // One operation of one output: the actions, and in the last column the log-probabilities.
    const both = withGradient(
      tf,
      [means, deviations],
      () => this.#sample(means, deviations, noise),
      (dy, kept) => this.#gradients(dy, kept),
    );
    return {
      actions: tf.slice2d(both, [0, 0], [-1, size]),
      logProbs: tf.reshape(tf.slice2d(both, [0, size], [-1, 1]), [-1]),
    };
  }

  dispose(): void {
    for (const tensor of [this.#scale, this.#bias, this.#low, this.#high]) tensor.dispose();
  }

  #sample(means: Tensor2D, deviations: Tensor2D, noise: Tensor2D) {
    const { tf } = this.#device;
    const t = tf.tanh(deviations);
    const logStd = tf.add(tf.mul(t, 3.5), -1.5);
    const spread = tf.mul(tf.exp(logStd), noise);
    const x = tf.add(means, spread);
    const y = tf.tanh(x);
    const slope = this.#slope(x);
    const density = tf.log(tf.add(slope, EPSILON));
    const normal = tf.add(tf.add(tf.mul(tf.square(noise), 0.5), logStd), HALF_LOG_TAU);
    const logProbs = tf.neg(tf.sum(tf.add(normal, density), 1, true));
    const actions = tf.add(tf.mul(y, this.#scale), this.#bias);
    const bounded = tf.minimum(tf.maximum(actions, this.#low), this.#high);
    return { value: tf.concat([bounded, logProbs], 1) as Tensor2D, kept: [t, spread, y, slope] };
  }

  /**
   *   dμ = da · s + w · 2y · s / (s + 1e-6),  s = scale (1 − y²),  y = tanh x,  w = d log π
   *   dz = (dμ · σ ε − w) · 3.5 (1 − tanh² z)
   */
  #gradients(both: Tensor2D, [t, spread, y, slope]: Tensor[]): Tensor[] {
    const { tf } = this.#device;
    const size = y.shape[1] as number;
    const dActions = tf.slice2d(both, [0, 0], [-1, size]);
    const dLogProbs = tf.slice2d(both, [0, size], [-1, 1]);
    const density = tf.mul(tf.div(slope, tf.add(slope, EPSILON)), tf.mul(y, 2));
    const dMeans = tf.add(tf.mul(dActions, slope), tf.mul(dLogProbs, density));
    const slopeOfT = tf.mul(tf.sub(1, tf.square(t)), 3.5);
    return [dMeans, tf.mul(tf.sub(tf.mul(dMeans, spread), dLogProbs), slopeOfT)];
  }

  /** scale (1 − tanh² x) = scale · 4e / (1 + e)², e = e^(−2|x|), which keeps its digits where tanh x rounds to 1. */
  #slope(x: Tensor): Tensor {
    const { tf } = this.#device;
    const e = tf.exp(tf.mul(tf.abs(x), -2));
    return tf.mul(tf.div(tf.mul(e, 4), tf.square(tf.add(e, 1))), this.#scale);
  }
}
