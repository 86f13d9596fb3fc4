import { dense } from './dense.ts';
import type { Device } from './device.ts';
import type { Tensor, Tensor2D, Tensor3D } from './tf.ts';

/**
 * The part of the gates' sums that the inputs make, of all steps at once.
 *
 * @param inputs [T, N, inputs]
 * @param weight [gates · units, inputs]
 * @param biases one of [units] for each gate
 * @returns [T, N, units] for each gate
 */
export function inputSums(
  device: Device,
  inputs: Tensor3D,
  weight: Tensor,
  biases: readonly (Tensor | undefined)[],
  isData?: boolean,
): Tensor3D[] {
  const { tf } = device;
  const [steps, rows, width] = inputs.shape;
  const x = tf.reshape(inputs, [steps * rows, width]) as Tensor2D;
  return tf.split(weight, biases.length).map((part, gate) => {
    const sums = dense(device, x, part, biases[gate], 'linear', isData);
    return tf.reshape(sums, [steps, rows, part.shape[0]]) as Tensor3D;
  });
}

/**
 * The gradient of the gates' recurrent weights.
 *
 * @param before the states that they were multiplied by, T times [N, units]
 * @param dSums the gradients by the gates' sums, each [T, N, units]
 * @returns [gates · units, units]
 */
export function recurrentGradient(
  { tf }: Device,
  before: readonly Tensor[],
  dSums: readonly Tensor[],
): Tensor {
  const states = tf.concat([...before]) as Tensor2D;
  const columns = dSums.map((sums) => tf.reshape(sums, states.shape));
  return tf.concat(columns.map((gate) => tf.matMul(tf.transpose(gate) as Tensor2D, states)));
}

/** The gradient by z, from that by y = σ(z). */
export function sigmoidBackward({ tf }: Device, dy: Tensor, y: Tensor): Tensor {
  return tf.mul(dy, tf.sub(y, tf.mul(y, y)));
}

/** The gradient by z, from that by y = tanh z. */
export function tanhBackward({ tf }: Device, dy: Tensor, y: Tensor): Tensor {
  return tf.sub(dy, tf.mul(dy, tf.mul(y, y)));
}
