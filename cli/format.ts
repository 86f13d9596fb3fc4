/** 12,345 */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three digits and a magnitude: 24.2k, 1.02M. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return '–';
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${Number((value / size).toPrecision(3))}${unit}`;
  }
  return `${Number(value.toPrecision(3))}`;
}

/** A return or a length; – where there is none yet. */
export function score(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1);
}

/** Three digits of a loss, of whatever magnitude. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(1) : `${Number(value.toPrecision(3))}`;
}

/** 0:07, 12:34 or 1:02:03. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–:––';
  const all = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
