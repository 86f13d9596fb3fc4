import { clock, compact, digits, score, whole } from './format.ts';
import { sparkline } from './sparkline.ts';

/** How a run goes, as it is shown while it runs. */
export interface LivePicture {
  readonly title: string;
  readonly steps: number;
  readonly totalSteps: number;
  /** Steps per second. */
  readonly sps: number;
  /** Seconds since the start, and expected until the end. */
  readonly elapsed: number;
  readonly left: number;
  /** Mean returns so far, in order. */
  readonly returns: readonly number[];
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly episodeScores: Readonly<Record<string, number>>;
  readonly episodes: number;
  readonly threshold?: number;
  readonly losses: Readonly<Record<string, number>>;
  /** Shares of the time, in [0, 1]; the rest is other. */
  readonly rollout: number;
  readonly update: number;
  /** What the last line says; empty: there is none. */
  readonly hint: string;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

const codes = {
  plain: '',
  bold: '1',
  dim: '2',
  blue: '34',
  green: '32',
  yellow: '33',
  magenta: '35',
} as const;
type Style = keyof typeof codes;
type Piece = readonly [text: string, style?: Style];

/** The picture's lines: none is wider than the screen, and there is a row left for the cursor. */
export function livePicture(picture: LivePicture, { columns, rows, color }: Screen): string[] {
  const width = columns - 1;
  const lines = [
    ...[titleLine, barLine, speedLine, returnLine, episodesLine].map((line) => line(picture, width)),
    ...lossesLines(picture, width),
    timeLine(picture, width),
  ];
  if (picture.hint) lines.push(hintLine(picture));
  return lines.map((line) => paint(line, width, color)).slice(0, Math.max(1, rows - 1));
}

function titleLine({ title }: LivePicture): Piece[] {
  return [[title, 'bold']];
}

function barLine({ steps, totalSteps }: LivePicture, width: number): Piece[] {
  const done = Math.min(1, steps / totalSteps);
  const text = `  ${`${Math.floor(100 * done)}`.padStart(3)} %  ${whole(steps)} of ${whole(totalSteps)} steps`;
  return [...progressBar(done, Math.max(4, Math.min(40, width - text.length))), [text]];
}

function speedLine({ sps, elapsed, left }: LivePicture): Piece[] {
  return [
    label('speed'),
    [`${compact(sps)} steps/s`],
    dim(` · ${clock(elapsed)} gone · ${clock(left)} left`),
  ];
}

function returnLine({ returns, episodeReturn, threshold }: LivePicture, width: number): Piece[] {
  if (returns.length === 0) return [label('return'), dim('no episode has finished yet')];
  const range = `  ${score(Math.min(...returns))} … ${score(Math.max(...returns))}`;
  const now = `  now ${score(episodeReturn)}`;
  const goal = threshold === undefined ? '' : ` of ${compact(threshold)}`;
  const room = width - INDENT - range.length - now.length - goal.length;
  const solved = threshold !== undefined && episodeReturn >= threshold;
  return [
    label('return'),
    [sparkline(returns, Math.max(4, Math.min(30, room))), 'green'],
    dim(range),
    [now, solved ? 'green' : 'plain'],
    dim(goal),
  ];
}

function episodesLine({ episodes, episodeLength, episodeScores }: LivePicture): Piece[] {
  const scores = Object.entries(episodeScores).map(([name, value]) => ` · ${name} ${score(value)}`);
  return [
    label('episodes'),
    [whole(episodes)],
    dim(` · mean length ${score(episodeLength)}`),
    [scores.join('')],
  ];
}

/** As many losses as fit on two lines. */
function lossesLines({ losses }: LivePicture, width: number): Piece[][] {
  const lines: Piece[][] = [[label('losses')]];
  const entries = Object.entries(losses);
  if (entries.length === 0) return [[label('losses'), dim('nothing has been learned from yet')]];
  let room = width - INDENT;
  for (const [name, value] of entries) {
    // Padded, so that the names stand still while the digits change.
    const text = digits(value).padEnd(9);
    const size = name.length + 1 + text.length + 1;
    if (room - size < -2) {
      if (lines.length === 2) break;
      lines.push([label('')]);
      room = width - INDENT;
    }
    room -= size;
    lines.at(-1)?.push(dim(`${name} `), [`${text} `]);
  }
  return lines;
}

function timeLine({ rollout, update }: LivePicture, width: number): Piece[] {
  const parts = [
    ['rollout', rollout, '█', 'blue'],
    ['update', update, '▓', 'magenta'],
    ['other', Math.max(0, 1 - rollout - update), '░', 'yellow'],
  ] as const;
  const legend = parts.flatMap(([name, share, glyph, style]): Piece[] => [
    [`  ${glyph} `, style],
    [`${name} ${Math.round(100 * share)} %`],
  ]);
  const room = width - INDENT - legend.reduce((sum, [text]) => sum + text.length, 0);
  const cells = Math.max(4, Math.min(30, room));
  const bar: Piece[] = [];
  let sum = 0;
  for (const [, share, glyph, style] of parts) {
    const from = Math.round(sum * cells);
    sum = Math.min(1, sum + share);
    bar.push([glyph.repeat(Math.round(sum * cells) - from), style]);
  }
  return [label('time'), ...bar, ...legend];
}

function hintLine({ hint }: LivePicture): Piece[] {
  return [dim(hint)];
}

const INDENT = 10;

function label(name: string): Piece {
  return [name.padEnd(INDENT), 'dim'];
}

function dim(text: string): Piece {
  return [text, 'dim'];
}

/** Progress, to an eighth of a cell. */
function progressBar(share: number, width: number): Piece[] {
  const eighths = Math.floor(share * width * 8);
  const full = Math.floor(eighths / 8);
  const part = eighths % 8 ? ' ▏▎▍▌▋▊▉'[eighths % 8] : '';
  return [
    ['█'.repeat(full) + part, 'blue'],
    ['░'.repeat(width - full - part.length), 'dim'],
  ];
}

function paint(pieces: readonly Piece[], width: number, color: boolean): string {
  let line = '';
  let room = Math.max(0, width);
  for (const [text, style = 'plain'] of pieces) {
    // Every character here is one UTF-16 unit and one column wide.
    const part = text.slice(0, room);
    room -= part.length;
    if (part) line += color && codes[style] ? `\x1b[${codes[style]}m${part}\x1b[0m` : part;
  }
  return color ? line : line.trimEnd();
}
