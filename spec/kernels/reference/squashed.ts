/** One element of a squashed Gaussian's action, and its part of the log-probability, in float64; and by how much float32 may miss x. */
export function squashed(mean: number, z: number, epsilon: number, scale: number, bias: number) {
  const logStd = -5 + 3.5 * (Math.tanh(z) + 1);
  const spread = Math.exp(logStd) * epsilon;
  const x = mean + spread;
  const density = Math.log(scale * (1 / Math.cosh(x) ** 2) + 1e-6);
  const logProb = -0.5 * epsilon ** 2 - logStd - 0.5 * Math.log(2 * Math.PI) - density;
  // log σ is 3.5 times a float32 tanh: its error, 2e-6, is relative in the spread.
  const error = 3e-6 * (1 + Math.abs(spread)) + 1e-6 * Math.abs(mean);
  return { action: scale * Math.tanh(x) + bias, logProb, error };
}
