import type { Activation } from '../wasm/layer.ts';
import type { Device } from './device.ts';
import type { Tensor } from './tf.ts';
import { withGradient } from './withGradient.ts';

/** An activation, for operations that have it within. */
export interface ActivationSteps {
  /** act(z), and what the way back needs. */
  forward<T extends Tensor>(z: T): { readonly value: T; readonly kept: readonly Tensor[] };
  /** The gradient by z, from that by act(z) and from what was kept. */
  backward<T extends Tensor>(dy: T, kept: readonly Tensor[]): T;
}

export function activationSteps({ tf, backend }: Device, activation: Activation): ActivationSteps {
  switch (activation) {
    case 'linear':
      return { forward: (value) => ({ value, kept: [] }), backward: (dy) => dy };
    case 'tanh':
      return {
        forward: (z) => {
          // tanh z = 2σ(2z) − 1, to 2e-7: the wasm backend has a fast σ, while its tanh takes 20 times as long.
          const value = backend === 'wasm' ? tf.sub(tf.mul(tf.sigmoid(tf.mul(z, 2)), 2), 1) : tf.tanh(z);
          return { value: value as typeof z, kept: [value] };
        },
        backward: (dy, [y]) => tf.mul(dy, tf.sub(1, tf.square(y))),
      };
    case 'relu':
      return {
        forward: (z) => {
          const value = tf.relu(z);
          return { value, kept: [value] };
        },
        backward: (dy, [y]) => tf.mul(dy, tf.step(y)),
      };
    case 'gelu':
      return {
        forward: (z) => {
          // Φ(z), the normal distribution.
          const below = tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5);
          return { value: tf.mul(z, below), kept: [z, below] };
        },
        backward: (dy, [z, below]) => {
          const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI));
          return tf.mul(dy, tf.add(below, tf.mul(z, density)));
        },
      };
  }
}

/** act(z), with a gradient of its own. */
export function activate<T extends Tensor>(device: Device, z: T, activation: Activation): T {
  if (activation === 'linear') return z;
  const { forward, backward } = activationSteps(device, activation);
  return withGradient(
    device.tf,
    [z],
    () => forward(z),
    (dy, kept) => [backward(dy, kept)],
  );
}
