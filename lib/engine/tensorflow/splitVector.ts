import type { Device } from './device.ts';
import type { Tensor1D } from './tf.ts';

/** A vector in parts of such sizes. They are copies: no gradient flows through them. */
export function splitVector({ tf, backend }: Device, vector: Tensor1D, sizes: readonly number[]): Tensor1D[] {
  if (backend !== 'wasm') return tf.split(vector, [...sizes]);
  // The wasm backend's `split` copies the whole vector for each of its parts.
  const numbers = vector.dataSync();
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return tf.tensor1d(numbers.subarray(from - size, from));
  });
}
