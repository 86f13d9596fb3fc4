const LEVELS = '▁▂▃▄▅▆▇█';

/** Values as a row of bars at most `width` wide, from the least to the greatest; neighbours are averaged. */
export function sparkline(values: readonly number[], width: number): string {
  const bars = resample(values, width);
  const low = Math.min(...bars);
  const range = Math.max(...bars) - low;
  return bars
    .map((bar) => LEVELS[range > 0 ? Math.round(((bar - low) / range) * (LEVELS.length - 1)) : 0])
    .join('');
}

/** At most `count` values: means of neighbours. */
export function resample(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, k) => {
    const part = values.slice(
      Math.floor((k * values.length) / count),
      Math.floor(((k + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
