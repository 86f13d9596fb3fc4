/** An axis: its ends and the round numbers marked on it, ends included. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** An axis over [low, high] with about `count` steps of 1, 2 or 5 times a power of ten. */
export function axis(low: number, high: number, count: number): Axis {
  // What differs by less than the digits of a number has no range.
  const least = 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-90);
  const range = high - low > least ? high - low : Math.max(1, Math.abs(high));
  const raw = range / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  // A tick is a quotient where it can be: 3 / 10 is 0.3, and 3 · 0.1 is not.
  const at = (k: number) => (step < 1 ? k / Math.round(1 / step) : k * step);
  const ticks = Array.from({ length: last - first + 1 }, (_, k) => at(first + k));
  return { low: ticks[0], high: ticks[ticks.length - 1], ticks };
}
