import { log } from '../math.ts';
import { purposes, RowRandom } from '../rng.ts';

/** Standard normal numbers from an initialisation stream of a seed: one for each policy. */
export function normals(seed: number, policy = 0): () => number {
  const random = new RowRandom(seed, purposes.initialize, new Uint32Array(1), Uint32Array.of(policy));
  let spare: number | undefined;
  // Marsaglia's polar method: square root and logarithm only, so the bits are the same on every machine.
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const u = random.uniform(0, -1, 1);
      const v = random.uniform(0, -1, 1);
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * log(s)) / s);
      spare = v * scale;
      return u * scale;
    }
  };
}

/**
 * A random matrix [rows, columns], row-major, whose rows (or columns, where there are fewer of them) are orthogonal
 * and of length `gain`; uniformly distributed among such matrices.
 *
 * @see Saxe et al., arXiv:1312.6120
 */
export function orthogonal(rows: number, columns: number, gain: number, normal: () => number): Float64Array {
  const wide = rows <= columns;
  const count = wide ? rows : columns;
  const length = wide ? columns : rows;
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, normal);
    // Gram–Schmidt, twice: the second pass removes what rounding left of the first.
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) {
        const overlap = dot(vector, other);
        for (let k = 0; k < length; k++) vector[k] -= overlap * other[k];
      }
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < length; k++) vector[k] /= norm;
    vectors.push(vector);
  }
  const matrix = new Float64Array(rows * columns);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < length; k++) matrix[wide ? i * columns + k : k * columns + i] = gain * vectors[i][k];
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
