import type { Frame } from '../lib/env/frame.ts';

/** How a terminal tells colours. */
export type Colors = 'truecolor' | '256';

/** What the terminal of an environment can show. */
export function colorsOf({ COLORTERM = '' }: NodeJS.ProcessEnv): Colors {
  return /^(truecolor|24bit)$/i.test(COLORTERM) ? 'truecolor' : '256';
}

/**
 * A picture as lines of text: two rows of pixels each, the upper one as the colour of ▀, the lower one as that of its
 * ground. Colours that go on from cell to cell are not told again; every line ends with the terminal's own.
 */
export function halfBlocks({ width, height, data }: Frame, colors: Colors): string[] {
  const code = colors === 'truecolor' ? exact : nearest;
  const colorAt = (x: number, y: number): string => {
    const at = (y * width + x) * 3;
    return code(data[at], data[at + 1], data[at + 2]);
  };
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    let upper = '';
    let lower = '';
    for (let x = 0; x < width; x++) {
      const above = colorAt(x, y);
      const below = y + 1 < height ? colorAt(x, y + 1) : '';
      const changes = [above !== upper ? `38;${above}` : '', below !== lower ? `48;${below}` : ''];
      const told = changes.filter(Boolean).join(';');
      line += `${told ? `\x1b[${told}m` : ''}▀`;
      [upper, lower] = [above, below];
    }
    lines.push(`${line}\x1b[m`);
  }
  return lines;
}

function exact(red: number, green: number, blue: number): string {
  return `2;${red};${green};${blue}`;
}

/** The levels of the 6 × 6 × 6 colours from 16 on; after them come 24 greys, 8, 18 … 238. */
const LEVELS = [0, 95, 135, 175, 215, 255];

function nearest(red: number, green: number, blue: number): string {
  const parts = [red, green, blue];
  const steps = parts.map((part) =>
    LEVELS.reduce((best, level, i) => closer(part, level, LEVELS[best], i, best), 0),
  );
  const grey = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const toCube = distance(
    parts,
    steps.map((step) => LEVELS[step]),
  );
  const toGrey = distance(
    parts,
    parts.map(() => 8 + 10 * grey),
  );
  return `5;${toGrey < toCube ? 232 + grey : 16 + 36 * steps[0] + 6 * steps[1] + steps[2]}`;
}

function closer(part: number, level: number, best: number, i: number, at: number): number {
  return Math.abs(level - part) < Math.abs(best - part) ? i : at;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, part, k) => sum + (part - b[k]) ** 2, 0);
}
