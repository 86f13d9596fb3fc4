import { compact } from '../cli/format.ts';
import { axis } from '../cli/ticks.ts';
import { median } from './meter.ts';
import type { Rule } from './rule.ts';

export interface Point {
  readonly steps: number;
  readonly value: number;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** One curve a seed: thin; their median is thick. */
  readonly curves: readonly (readonly Point[])[];
  /** What is to be reached, or not to be exceeded: dashed. */
  readonly rule: Rule;
}

const WIDTH = 840;
const HEIGHT = 480;
const LEFT = 64;
const RIGHT = 28;
const TOP = 84;
const BOTTOM = 56;
const GRID = 'stroke="#e2e6ea"';
const SOFT = 'fill="#5b6570" font-size="12"';

/** Curves of some seeds, as a self-contained SVG. */
export function chart({ title, subtitle, curves, rule: { be, bar } }: Chart): string {
  const all = curves.flat();
  const x = axis(0, Math.max(1, ...all.map(({ steps }) => steps)), 6);
  const y = axis(Math.min(0, bar, ...values(all)), Math.max(bar, ...values(all)), 5);
  const across = (steps: number) =>
    round(LEFT + ((WIDTH - LEFT - RIGHT) * (steps - x.low)) / (x.high - x.low));
  const up = (value: number) =>
    round(HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (value - y.low)) / (y.high - y.low));
  const line = (points: readonly Point[], look: string) =>
    points.length > 0
      ? `<polyline points="${points.map(({ steps, value }) => `${across(steps)},${up(value)}`).join(' ')}" fill="none" stroke-linejoin="round" ${look}/>`
      : '';
  const level = (value: number, look: string) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(value)}" y2="${up(value)}" ${look}/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" role="img">`,
    `<title>${title}: ${subtitle}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 36, title, 'fill="#1b1f24" font-size="20" font-weight="600"'),
    text(LEFT, 60, subtitle, 'fill="#5b6570" font-size="13"'),
    ...y.ticks.map(
      (tick) => level(tick, GRID) + text(LEFT - 8, up(tick) + 4, compact(tick), `${SOFT} text-anchor="end"`),
    ),
    ...x.ticks.map((tick) =>
      text(across(tick), HEIGHT - BOTTOM + 20, compact(tick), `${SOFT} text-anchor="middle"`),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, 'environment steps', `${SOFT} text-anchor="middle"`),
    level(bar, 'stroke="#1f9d61" stroke-width="1.5" stroke-dasharray="6 5"'),
    text(LEFT + 8, up(bar) - 6, `${be} ${bar}`, 'fill="#1f9d61" font-size="12"'),
    ...curves.map((points) => line(points, 'stroke="#1f6feb" stroke-opacity="0.35" stroke-width="1"')),
    line(medianCurve(curves), 'stroke="#1f6feb" stroke-width="2.5"'),
    '</svg>\n',
  ].join('\n');
}

/** The median of steps and of values at each point that all curves have. */
export function medianCurve(curves: readonly (readonly Point[])[]): Point[] {
  const length = curves.length > 0 ? Math.min(...curves.map((points) => points.length)) : 0;
  return Array.from({ length }, (_, i) => ({
    steps: median(curves.map((points) => points[i].steps)),
    value: median(curves.map((points) => points[i].value)),
  }));
}

function values(points: readonly Point[]): number[] {
  return points.map(({ value }) => value);
}

function text(x: number, y: number, content: string, look: string): string {
  return `<text x="${x}" y="${y}" ${look}>${content}</text>`;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
