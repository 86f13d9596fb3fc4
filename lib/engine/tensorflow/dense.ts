import type { Activation } from '../wasm/layer.ts';
import { activationSteps } from './activation.ts';
import type { Device } from './device.ts';
import type { Tensor, Tensor2D } from './tf.ts';
import { withGradient } from './withGradient.ts';

/**
 * y = act(x Wᵀ + b)
 *
 * @param x [B, inputs]
 * @param weight [outputs, inputs]
 * @param bias [outputs]; none: 0
 * @param isData no gradient is wanted by x
 * @returns [B, outputs]
 */
export function dense(
  device: Device,
  x: Tensor2D,
  weight: Tensor,
  bias: Tensor | undefined,
  activation: Activation,
  isData = false,
): Tensor2D {
  const { tf } = device;
  const { forward, backward } = activationSteps(device, activation);
  // Factors are transposed before they are multiplied: told to do it itself, the wasm backend takes 10 times as long, and
  // webgpu gets sums over thousands of inputs wrong.
  return withGradient<Tensor2D>(
    tf,
    [...(isData ? [] : [x]), weight, ...(bias ? [bias] : [])],
    () => {
      const b = tf.transpose(weight) as Tensor2D;
      const { value, kept } = forward(tf.fused.matMul({ a: x, b, bias }) as Tensor2D);
      return { value, kept: [x, weight, ...kept] };
    },
    (dy, [x, weight, ...kept]) => {
      const dz = backward(dy, kept);
      const transposed = tf.transpose(dz);
      return [
        ...(isData ? [] : [tf.matMul(dz, weight as Tensor2D)]),
        tf.matMul(transposed, x as Tensor2D),
        ...(bias ? [tf.sum(transposed, 1)] : []),
      ];
    },
  );
}
