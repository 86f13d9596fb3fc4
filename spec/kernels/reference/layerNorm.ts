/** g ⊙ (x − mean) / √(variance + 1e-5) + b of one sample, in float64. */
export function layerNorm(gain: ArrayLike<number>, bias: ArrayLike<number>, x: readonly number[]): number[] {
  const mean = x.reduce((sum, xi) => sum + xi, 0) / x.length;
  const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / x.length;
  return x.map((xi, i) => (gain[i] * (xi - mean)) / Math.sqrt(variance + 1e-5) + bias[i]);
}
