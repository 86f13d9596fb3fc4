import type { Tensor2D, Tf } from './tf.ts';

/** Coefficients of the Newton–Schulz steps: as in kernels/muon.ts. */
const STEPS = [
  [4.0848, -6.8946, 2.927],
  [3.9505, -6.3029, 2.6377],
  [3.7418, -5.5913, 2.3037],
  [2.8769, -3.1427, 1.2046],
  [2.8366, -3.0525, 1.2012],
] as const;

/**
 * Muon's update: makes the singular values of a matrix about 1, and multiplies by √max(1, rows / columns).
 *
 *   X ← X / max(‖X‖, 10⁻⁷),  X ← (a + b X Xᵀ + c (X Xᵀ)²) X
 *
 * @see arXiv:2502.16982; coefficients as in PufferLib 4.0; reference data: spec/golden/ppo_loss.json
 */
export function orthogonalize(tf: Tf, matrix: Tensor2D): Tensor2D {
  const [rows, columns] = matrix.shape;
  const isTall = rows > columns;
  const norm = tf.maximum(tf.sqrt(tf.sum(tf.square(matrix))), 1e-7);
  let x: Tensor2D = tf.div(isTall ? tf.transpose(matrix) : matrix, norm);
  for (const [a, b, c] of STEPS) {
    const gram = tf.matMul(x, tf.transpose(x));
    const polynomial: Tensor2D = tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c));
    x = tf.add(tf.mul(x, a), tf.matMul(polynomial, x));
  }
  return tf.mul(isTall ? tf.transpose(x) : x, Math.sqrt(Math.max(1, rows / columns)));
}
