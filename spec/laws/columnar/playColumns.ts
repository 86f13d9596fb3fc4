import type { ColumnarEnv } from '../../../lib/env/env.ts';
import type { Log } from '../log.ts';
import { type CutPlay, drawOf } from '../plays.ts';
import type { Frame, Story } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';

export interface PlayOptions {
  readonly log?: Log;
  /** Worlds after which a call of `step` ends and another begins. */
  readonly parts?: readonly number[];
  /** Which random streams the worlds draw from. */
  readonly streams?: readonly number[];
  /** Called before each step. */
  readonly before?: (worlds: ColumnWorlds, step: number) => void;
}

/**
 * Plays, with a reset after each end as NEXT_STEP autoreset does it, and tells what happened. @throws EnvError if the
 * env throws
 */
export function playColumns(env: ColumnarEnv, play: CutPlay, options: PlayOptions = {}): Story {
  const { tapes, steps } = play;
  const { log, parts = [], streams, before } = options;
  const worlds = new ColumnWorlds(env, tapes.length, play.seed, streams);
  const story: Frame[][] = tapes.map(() => []);
  const player = new Player(worlds, play, log);
  player.begin();
  for (let i = 0; i < worlds.count; i++) story[i].push(worlds.shown(i));
  for (let t = 0; t < steps; t++) {
    before?.(worlds, t);
    player.step(parts);
    for (let i = 0; i < worlds.count; i++) story[i].push(player.frame(i));
  }
  return story;
}

/** Drives worlds through a play. */
export class Player {
  readonly worlds: ColumnWorlds;
  readonly #play: CutPlay;
  readonly #log: Log | undefined;
  /** Steps of each world's episode; −1: it is at its end. */
  readonly #elapsed: number[];

  constructor(worlds: ColumnWorlds, play: CutPlay, log?: Log) {
    this.worlds = worlds;
    this.#play = play;
    this.#log = log;
    this.#elapsed = play.tapes.map(() => 0);
  }

  begin(): void {
    for (let i = 0; i < this.worlds.count; i++) this.worlds.reset(i);
    this.worlds.observe();
  }

  /** Whether a world awaits its reset. */
  atEnd(world: number): boolean {
    return this.#elapsed[world] < 0;
  }

  step(parts: readonly number[] = []): void {
    const { worlds } = this;
    const { tapes, cut } = this.#play;
    const ends = tapes.map((_, i) => this.atEnd(i));
    for (const [i, tape] of tapes.entries()) {
      const action = ends[i] ? undefined : worlds.act(i, drawOf(tape, worlds.t));
      if (action) this.#log?.acted(`world ${i}`, action.length === 1 ? action[0] : action);
      else this.#log?.acted(`world ${i}`, 'reset');
    }
    worlds.t++;
    for (const [from, to] of runs(ends, parts)) worlds.step(from, to);
    for (const [i, end] of ends.entries()) {
      if (end) worlds.reset(i);
      const over = !end && (worlds.columns.terminations[i] !== 0 || this.#elapsed[i] + 1 === cut);
      this.#elapsed[i] = end ? 0 : over ? -1 : this.#elapsed[i] + 1;
    }
    worlds.observe();
  }

  /** What the last step brought a world. */
  frame(world: number): Frame {
    const { rewards, terminations } = this.worlds.columns;
    const shown = this.worlds.shown(world);
    // A reset row has elapsed 0, and neither reward nor end.
    if (this.#elapsed[world] === 0) return { ...shown, reset: true };
    return { ...shown, reward: rewards[world], termination: terminations[world] };
  }
}

/** Neighbouring worlds that are not at their end, cut into parts; the last part first. */
function runs(ends: readonly boolean[], parts: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  let from = 0;
  for (let i = 0; i <= ends.length; i++) {
    const stop = i === ends.length || ends[i];
    if ((stop || parts.includes(i)) && i > from) found.push([from, i]);
    if (stop) from = i + 1;
    else if (parts.includes(i)) from = i;
  }
  return parts.length > 0 ? found.reverse() : found;
}
