/** Dense layers in float64, on plain matrices: `samples` and everything like it is [n][features]. */

/** 2/√π e^(−x²) Σ 2ᵏ x^(2k+1) / (2k+1)!!, whose terms all have the sign of x. */
export function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return x * x > 40 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const normalCdf = (z: number) => 0.5 * (1 + erf(z / Math.SQRT2));
const normalDensity = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** act(z) and act′(z) by activation code. */
export const activation: { value(z: number): number; slope(z: number): number }[] = [
  { value: (z) => z, slope: () => 1 },
  { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2 },
  { value: (z) => Math.max(z, 0), slope: (z) => +(z > 0) },
  { value: (z) => z * normalCdf(z), slope: (z) => normalCdf(z) + z * normalDensity(z) },
];

/** z = W x + b for every sample. */
export function affine(weights: number[][], bias: number[], samples: number[][]): number[][] {
  return samples.map((x) => weights.map((w, o) => w.reduce((sum, wi, i) => sum + wi * x[i], bias[o])));
}

/** dx = Wᵀ dy for every sample. */
export function backwardInput(weights: number[][], dy: number[][]): number[][] {
  return dy.map((g) => weights[0].map((_, i) => g.reduce((sum, go, o) => sum + go * weights[o][i], 0)));
}

/** dW = Σ dy xᵀ and db = Σ dy. */
export function backwardWeights(
  samples: number[][],
  dy: number[][],
): { weights: number[][]; bias: number[] } {
  const weights = dy[0].map((_, o) =>
    samples[0].map((_, i) => dy.reduce((sum, g, s) => sum + g[o] * samples[s][i], 0)),
  );
  return { weights, bias: dy[0].map((_, o) => dy.reduce((sum, g) => sum + g[o], 0)) };
}
