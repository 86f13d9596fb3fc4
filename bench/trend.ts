/** A line through measurements, by least squares. */
export interface Trend {
  /** Of y, for one of x. */
  readonly slope: number;
  /** Twice the slope's standard error: what noise alone may make of it. */
  readonly uncertainty: number;
  readonly mean: number;
}

/** @throws RangeError unless there are three points or more, at different places */
export function trend(xs: readonly number[], ys: readonly number[]): Trend {
  const n = xs.length;
  if (n < 3 || ys.length !== n)
    throw new RangeError(`trend: expected 3 points or more, got ${n} and ${ys.length}`);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [x0, y0] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - x0) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('trend: expected points at different places');
  const slope = xs.reduce((sum, x, i) => sum + (x - x0) * (ys[i] - y0), 0) / spread;
  const residual = xs.reduce((sum, x, i) => sum + (ys[i] - y0 - slope * (x - x0)) ** 2, 0);
  return { slope, uncertainty: 2 * Math.sqrt(residual / (n - 2) / spread), mean: y0 };
}
