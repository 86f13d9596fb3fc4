import type { Device } from './device.ts';
import type { Tensor, Tensor2D } from './tf.ts';
import { withGradient } from './withGradient.ts';

/** What keeps the deviation of equal features from 0. */
const EPSILON = 1e-5;

/**
 * y = g ⊙ (x − mean) / √(variance + 1e-5) + b, mean and variance over the features of a sample.
 *
 * @param x [B, features]
 * @param gain [features]
 * @param bias [features]
 * @see arXiv:1607.06450
 */
export function layerNorm({ tf }: Device, x: Tensor2D, gain: Tensor, bias: Tensor): Tensor2D {
  const mean = (z: Tensor) => tf.mean(z, 1, true);
  return withGradient(
    tf,
    [x, gain, bias],
    () => {
      const centred = tf.sub(x, mean(x));
      const scale = tf.rsqrt(tf.add(mean(tf.square(centred)), EPSILON));
      const normal = tf.mul(centred, scale);
      return { value: tf.add(tf.mul(normal, gain), bias), kept: [normal, scale, gain] };
    },
    (dy, [normal, scale, gain]) => {
      const d = tf.mul(dy, gain);
      // What a shift or a scaling of x would change is nothing.
      const free = tf.sub(tf.sub(d, mean(d)), tf.mul(normal, mean(tf.mul(d, normal))));
      return [tf.mul(free, scale), tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
    },
  );
}
