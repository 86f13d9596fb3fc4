import type { Device } from './device.ts';
import type { Tensor2D, Tensor3D } from './tf.ts';

/** The steps of a segment [T, N, …], each [N, …]. They are copies: no gradient flows through them. */
export function stepsOf({ tf, backend }: Device, segment: Tensor3D): Tensor2D[] {
  if (backend !== 'wasm') return tf.unstack(segment) as Tensor2D[];
  // The wasm backend's `unstack` copies the whole for every piece.
  const numbers = segment.dataSync();
  const [steps, rows, features] = segment.shape;
  const size = rows * features;
  return Array.from({ length: steps }, (_, t) =>
    tf.tensor2d(numbers.subarray(t * size, (t + 1) * size), [rows, features]),
  );
}

/** The last step of a segment [T, N, …]: [N, …]. */
export function lastOf({ tf }: Device, segment: Tensor3D): Tensor2D {
  return tf.squeeze(tf.slice(segment, segment.shape[0] - 1), [0]);
}
