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
  const { tf, backend } = device;
  // The wasm backend's product with a transposed factor takes 10 times as long as that with one that is transposed before.
  const isExplicit = backend === 'wasm';
  const { forward, backward } = activationSteps(device, activation);
  return withGradient<Tensor2D>(
    tf,
    [...(isData ? [] : [x]), weight, ...(bias ? [bias] : [])],
    () => {
      const b = (isExplicit ? tf.transpose(weight) : weight) as Tensor2D;
      const { value, kept } = forward(
        tf.fused.matMul({ a: x, b, transposeB: !isExplicit, bias }) as Tensor2D,
      );
      return { value, kept: [x, weight, ...kept] };
    },
    (dy, [x, weight, ...kept]) => {
      const dz = backward(dy, kept);
      const gradients = isData ? [] : [tf.matMul(dz, weight as Tensor2D)];
      const factor = isExplicit ? tf.transpose(dz) : dz;
      gradients.push(tf.matMul(factor, x as Tensor2D, !isExplicit));
      if (bias) gradients.push(isExplicit ? tf.sum(factor, 1) : tf.sum(dz, 0));
      return gradients;
    },
  );
}
