import type { Activation } from '../wasm/layer.ts';
import { activationSteps } from './activation.ts';
import type { Device } from './device.ts';
import type { Tensor, Tensor4D, Tf } from './tf.ts';
import { withGradient } from './withGradient.ts';

/**
 * y = act(W * x + b): convolution (in fact correlation) of images without padding. Its gradients are convolutions too: the
 * wasm backend has no others, or slow ones.
 *
 * @param x [B, height, width, channels]
 * @param weight [outputs, channels, kernel, kernel]
 * @param bias [outputs]
 * @param isData no gradient is wanted by x
 * @returns [B, ⌊(height − kernel) / stride⌋ + 1, …, outputs]
 */
export function conv(
  device: Device,
  x: Tensor4D,
  weight: Tensor4D,
  bias: Tensor,
  stride: number,
  activation: Activation,
  isData = false,
): Tensor4D {
  const { tf } = device;
  const [, height, width] = x.shape;
  const { forward, backward } = activationSteps(device, activation);
  return withGradient(
    tf,
    isData ? [weight, bias] : [x, weight, bias],
    () => {
      const filter = tf.transpose(weight, [2, 3, 1, 0]);
      const z = tf.fused.conv2d({ x, filter, strides: stride, pad: 'valid', bias });
      const { value, kept } = forward(z as Tensor4D);
      return { value, kept: [x, weight, ...kept] };
    },
    (dy, [x, weight, ...kept]) => {
      const dz = backward(dy, kept);
      const kernel = weight.shape[2] as number;
      return [
        ...(isData ? [] : [inputGradient(tf, dz, weight as Tensor4D, stride, [height, width])]),
        weightGradient(tf, x as Tensor4D, dz, stride, kernel),
        tf.sum(dz, [0, 1, 2]),
      ];
    },
  );
}

/** dW[o, c, u, v] = Σ dz[b, i, j, o] x[b, i·stride + u, j·stride + v, c]: the channels are the batch, the samples the channels. */
function weightGradient(tf: Tf, x: Tensor4D, dz: Tensor4D, stride: number, kernel: number): Tensor4D {
  const images = tf.transpose(x, [3, 1, 2, 0]);
  const filter = tf.transpose(dz, [1, 2, 0, 3]);
  const all = tf.conv2d(images, filter, 1, 'valid', 'NHWC', stride);
  // What the last patches leave over of the images makes the result larger.
  const [channels, , , outputs] = all.shape;
  return tf.transpose(tf.slice(all, [0, 0, 0, 0], [channels, kernel, kernel, outputs]), [3, 0, 1, 2]);
}

/**
 * dx[b, i·stride + p, j·stride + q, c] = Σ dz[b, i − u, j − v, o] W[o, c, u·stride + p, v·stride + q]: for each (p, q) a
 * convolution with every stride-th row and column of the patch. All of them are one, whose channels are (p, q, c).
 */
function inputGradient(
  tf: Tf,
  dz: Tensor4D,
  weight: Tensor4D,
  stride: number,
  [height, width]: readonly [number, number],
): Tensor4D {
  const filter = phaseFilter(tf, weight, stride);
  const [taps] = filter.shape;
  const border: [number, number] = [taps - 1, taps - 1];
  const parts = tf.conv2d(tf.pad(dz, [[0, 0], border, border, [0, 0]]), filter, 1, 'valid');
  // [·, across, p, (q, c)] to [·, p, across, (q, c)]: a row of pixels lies together then.
  const [batch, down, across] = parts.shape;
  const channels = weight.shape[1];
  const rows = tf.reshape(parts, [batch * down, across, stride, stride * channels]);
  const images = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [
    batch,
    down * stride,
    across * stride,
    channels,
  ]) as Tensor4D;
  return cropOrPad(tf, images, [height, width]);
}

/**
 * The weights as a filter for gradients, mirrored, the patch being cut into steps of the stride: F[u, v, o, (p, q, c)] =
 * W[o, c, (taps − 1 − u)·stride + p, (taps − 1 − v)·stride + q], 0 outside the patch.
 */
function phaseFilter(tf: Tf, weight: Tensor4D, stride: number): Tensor4D {
  const [outputs, channels, kernel] = weight.shape;
  const taps = Math.ceil(kernel / stride);
  const rest: [number, number] = [0, taps * stride - kernel];
  const whole = tf.pad(weight, [[0, 0], [0, 0], rest, rest]);
  // In steps of four dimensions and fewer: the wasm backend is slow at more.
  const last = tf.transpose(tf.reshape(whole, [outputs * channels, (taps * stride) ** 2]));
  const byTaps = tf.transpose(tf.reshape(last, [taps, stride, taps, -1]), [0, 2, 1, 3]);
  const mirrored = tf.reverse(tf.reshape(byTaps, [taps * taps, -1]), 0);
  const parts = tf.reshape(mirrored, [taps * taps, stride * stride, outputs, channels]);
  const filter = tf.transpose(parts, [0, 2, 1, 3]);
  return tf.reshape(filter, [taps, taps, outputs, -1]) as Tensor4D;
}

/** Cuts images, or adds the pixels that no patch reaches, which have no gradient. */
function cropOrPad(tf: Tf, images: Tensor4D, [height, width]: readonly [number, number]): Tensor4D {
  const [batch, rows, columns, channels] = images.shape;
  const cut =
    rows > height || columns > width
      ? tf.slice(images, [0, 0, 0, 0], [batch, Math.min(rows, height), Math.min(columns, width), channels])
      : images;
  if (rows >= height && columns >= width) return cut;
  const below: [number, number] = [0, Math.max(0, height - rows)];
  const beside: [number, number] = [0, Math.max(0, width - columns)];
  return tf.pad(cut, [[0, 0], below, beside, [0, 0]]);
}
