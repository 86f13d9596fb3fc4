import { emitKeypressEvents, type Key } from 'node:readline';
import { Interruption } from './interruption.ts';
import { LiveScreen, type Terminal } from './liveScreen.ts';
import type { Player } from './player.ts';
import { type Controls, press } from './watchKeys.ts';
import { watchLines } from './watchLines.ts';

/** Milliseconds between pictures at least, and what of them steps may take. */
const INTERVAL = 33;
const BUDGET = 25;
/** Between pictures while paused: the terminal may change its size. */
const IDLE = 250;
/** Seconds for which an episode's end stays to be seen, up to this speed. */
const PAUSE = 0.5;
const SLOW = 60;

export type Keyboard = NodeJS.ReadableStream & Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>>;

export interface TerminalOptions {
  readonly title: string;
  readonly fps: number;
  /** Ends after so many episodes; undefined: when it is told to. */
  readonly episodes?: number;
  readonly color?: boolean;
}

/**
 * Plays until a key, a signal or the number of episodes ends it, and leaves the terminal as it was, whatever happens.
 * Returns the exit code.
 */
export async function playOnTerminal(
  player: Player,
  { title, fps, episodes, color = !process.env.NO_COLOR }: TerminalOptions,
  input: Keyboard = process.stdin,
  output: Terminal = process.stdout,
): Promise<number> {
  let controls: Controls = { fps, isPaused: false, steps: 0, isSkipping: false };
  let wake = () => {};
  const screen = new LiveScreen(output);
  const interruption = new Interruption(() => wake());
  const onKey = (character: string | undefined, { name, ctrl }: Key) => {
    controls = press(controls, ctrl ? `ctrl-${name}` : (name ?? character ?? ''));
    wake();
  };
  if (input.isTTY) {
    emitKeypressEvents(input);
    input.setRawMode?.(true);
    input.on('keypress', onKey);
    input.resume();
  }
  const isAtEnd = () => player.isOver && player.episode === episodes;
  const draw = () => {
    const { columns, rows } = screen;
    screen.draw(watchLines(player, controls, title, { columns, rows, color }));
  };
  try {
    let due = 0;
    let before = performance.now();
    while (controls.exit === undefined && interruption.exitCode === undefined && !isAtEnd()) {
      const now = performance.now();
      due += ((now - before) / 1000) * controls.fps;
      before = now;
      if (controls.isPaused) due = controls.steps;
      controls = { ...controls, steps: 0 };
      while ((controls.isSkipping || due >= 1) && performance.now() - now < BUDGET && !isAtEnd()) {
        player.advance();
        due--;
        if (!player.isOver) continue;
        controls = { ...controls, isSkipping: false };
        if (!controls.isPaused && controls.fps <= SLOW) due -= PAUSE * controls.fps;
        break;
      }
      // What there was no time for is not made up for.
      due = Math.min(due, 1);
      draw();
      const next = controls.isPaused ? IDLE : 1000 / controls.fps - (performance.now() - now);
      const wait = controls.isSkipping ? 0 : Math.max(INTERVAL, next);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    draw();
    return controls.exit ?? interruption.exitCode ?? 0;
  } finally {
    screen.close();
    interruption.close();
    if (input.isTTY) {
      input.off('keypress', onKey);
      input.setRawMode?.(false);
      input.pause();
    }
  }
}
