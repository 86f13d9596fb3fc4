import { compact, score } from './format.ts';
import type { Point } from './history.ts';
import { type Axis, axis } from './ticks.ts';

/** What a run's picture shows. */
export interface Curve {
  readonly title: string;
  readonly subtitle: string;
  /** Mean return of the last 100 episodes, by steps. */
  readonly points: readonly Point[];
  readonly totalSteps: number;
  readonly threshold?: number;
  readonly solvedAtSteps: number | null;
}

const WIDTH = 840;
const HEIGHT = 480;
const LEFT = 76;
const RIGHT = 108;
const TOP = 84;
const BOTTOM = 60;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;

/** Colours are attributes, for viewers that know no style sheets, and darken where a viewer asks for dark. */
const style = `
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #14171c; } .ink { fill: #e8eaed; } .soft { fill: #9aa3ad; }
  .grid { stroke: #2a2f37; } .axis { stroke: #59616b; }
  .line { stroke: #62a8ff; } .area { fill: #62a8ff; } .dot { fill: #62a8ff; stroke: #14171c; }
  .goal { stroke: #4cc38a; } .goalText { fill: #4cc38a; }
}`;

/** The episode return against the steps, as a self-contained SVG. */
export function curve(picture: Curve): string {
  const { title, subtitle, points, totalSteps, threshold, solvedAtSteps } = picture;
  const values = points.map(({ value }) => value);
  if (threshold !== undefined) values.push(threshold);
  const low = Math.min(...values);
  // The axis begins at 0, unless all that there is to see is far above it.
  const base = low > 0 && (!points.length || low < Math.max(...values) / 2) ? 0 : low;
  const y = values.length ? axis(base, Math.max(...values), 5) : axis(0, 1, 5);
  const end = Math.max(totalSteps, points.at(-1)?.steps ?? 0);
  const round = axis(0, end, 6);
  const x = { ...round, high: end, ticks: round.ticks.filter((tick) => tick <= end) };
  const place: Place = {
    x: (value) => LEFT + ((value - x.low) / (x.high - x.low)) * INNER_WIDTH,
    y: (value) => TOP + INNER_HEIGHT * (1 - (value - y.low) / (y.high - y.low)),
  };
  const parts = [
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 36, title, 'class="ink" fill="#1b1f24" font-size="20" font-weight="600"'),
    text(LEFT, 60, subtitle, 'class="soft" fill="#5b6570" font-size="13"'),
    ...grid(x, y, place),
    ...(threshold === undefined ? [] : goal(threshold, place)),
    ...line(points, y, place),
    ...(solvedAtSteps === null ? [] : solved(solvedAtSteps, place)),
    text(
      LEFT + INNER_WIDTH / 2,
      HEIGHT - 16,
      'environment steps',
      'class="soft" fill="#5b6570" font-size="13" text-anchor="middle"',
    ),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escaped(`${title}: ${subtitle}`)}</title>`,
    `<style>${style}\n</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface Place {
  x(steps: number): number;
  y(value: number): number;
}

function grid(x: Axis, y: Axis, place: Place): string[] {
  const soft = 'class="soft" fill="#5b6570" font-size="12"';
  const bottom = TOP + INNER_HEIGHT;
  return [
    ...y.ticks.flatMap((tick) => [
      stroke('grid', '#e6e9ed', LEFT, place.y(tick), LEFT + INNER_WIDTH, place.y(tick)),
      text(LEFT - 10, place.y(tick) + 4, compact(tick), `${soft} text-anchor="end"`),
    ]),
    stroke('axis', '#8b95a1', LEFT, bottom, LEFT + INNER_WIDTH, bottom),
    ...x.ticks.flatMap((tick) => [
      stroke('axis', '#8b95a1', place.x(tick), bottom, place.x(tick), bottom + 5),
      text(place.x(tick), bottom + 20, compact(tick), `${soft} text-anchor="middle"`),
    ]),
  ];
}

function goal(threshold: number, place: Place): string[] {
  const y = place.y(threshold);
  return [
    stroke('goal', '#1f9d61', LEFT, y, LEFT + INNER_WIDTH, y, 'stroke-width="1.5" stroke-dasharray="6 5"'),
    // Beside the plot, where no curve passes.
    text(
      LEFT + INNER_WIDTH + 8,
      y + 4,
      `solved at ${compact(threshold)}`,
      'class="goalText" fill="#1f9d61" font-size="12"',
    ),
  ];
}

function line(points: readonly Point[], y: Axis, place: Place): string[] {
  const last = points.at(-1);
  if (!last) {
    const middle = 'class="soft" fill="#5b6570" font-size="14" text-anchor="middle"';
    return [text(LEFT + INNER_WIDTH / 2, TOP + INNER_HEIGHT / 2, 'no episode has finished yet', middle)];
  }
  const [endX, endY] = [place.x(last.steps), place.y(last.value)];
  const path = points
    .map(({ steps, value }) => `${tenth(place.x(steps))} ${tenth(place.y(value))}`)
    .join('L');
  const anchor = endX > LEFT + INNER_WIDTH - 40 ? 'end' : 'middle';
  return [
    ...(y.low === 0 ? [area(`${tenth(place.x(points[0].steps))}`, path, `${tenth(endX)}`, place)] : []),
    `<path class="line" d="M${path}" fill="none" stroke="#1f6feb" stroke-width="2.25" stroke-linejoin="round" stroke-linecap="round"/>`,
    `<circle class="dot" cx="${tenth(endX)}" cy="${tenth(endY)}" r="4.5" fill="#1f6feb" stroke="#ffffff" stroke-width="2"/>`,
    text(
      endX,
      endY - 12,
      score(last.value),
      `class="ink" fill="#1b1f24" font-size="13" font-weight="600" text-anchor="${anchor}"`,
    ),
  ];
}

/** The area between a curve and 0. */
function area(from: string, path: string, to: string, place: Place): string {
  const floor = tenth(place.y(0));
  return `<path class="area" d="M${from} ${floor}L${path}L${to} ${floor}Z" fill="#1f6feb" fill-opacity="0.10"/>`;
}

function solved(steps: number, place: Place): string[] {
  const x = place.x(steps);
  const bottom = TOP + INNER_HEIGHT;
  const left = x > LEFT + INNER_WIDTH - 160;
  return [
    stroke('goal', '#1f9d61', x, TOP, x, bottom, 'stroke-dasharray="2 4"'),
    text(
      x + (left ? -8 : 8),
      bottom - 10,
      `solved after ${compact(steps)} steps`,
      `class="goalText" fill="#1f9d61" font-size="12" text-anchor="${left ? 'end' : 'start'}"`,
    ),
  ];
}

function stroke(name: string, color: string, x1: number, y1: number, x2: number, y2: number, more = '') {
  const ends = `x1="${tenth(x1)}" y1="${tenth(y1)}" x2="${tenth(x2)}" y2="${tenth(y2)}"`;
  return `<line class="${name}" ${ends} stroke="${color}"${more && ` ${more}`}/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${tenth(x)}" y="${tenth(y)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
