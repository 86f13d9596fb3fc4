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
  /** What agents are told that have just been spawned; by default what they were told last. */
  readonly idle?: readonly number[];
  /** Called before each step. */
  readonly before?: (worlds: ColumnWorlds, step: number) => void;
}

/**
 * Plays, with a reset after each end as NEXT_STEP autoreset does it, and tells what happened. @throws EnvError if the
 * env throws
 */
export function playColumns(env: ColumnarEnv, play: CutPlay, options: PlayOptions = {}): Story {
  const { tapes, steps } = play;
  const { log, parts = [], streams, idle, before } = options;
  const worlds = new ColumnWorlds(env, tapes.length, play.seed, streams);
  const story: Frame[][] = tapes.map(() => []);
  const player = new Player(worlds, play, log);
  player.begin();
  for (let i = 0; i < worlds.count; i++) story[i].push(worlds.shown(i));
  for (let t = 0; t < steps; t++) {
    before?.(worlds, t);
    player.step(parts, idle);
    for (let i = 0; i < worlds.count; i++) story[i].push(player.frame(i));
  }
  return story;
}

/**
 * Drives worlds through a play. An episode is a world's; where worlds have several agents it is an agent's, who comes
 * anew while the others go on.
 */
export class Player {
  readonly worlds: ColumnWorlds;
  readonly #play: CutPlay;
  readonly #log: Log | undefined;
  /** Steps of each row's episode; −1: it is at its end. */
  readonly #elapsed: Int32Array;

  constructor(worlds: ColumnWorlds, play: CutPlay, log?: Log) {
    this.worlds = worlds;
    this.#play = play;
    this.#log = log;
    this.#elapsed = new Int32Array(worlds.rows);
  }

  begin(): void {
    for (let i = 0; i < this.worlds.count; i++) this.worlds.reset(i);
    this.worlds.observe();
  }

  /** Whether a row awaits its next episode. */
  atEnd(row: number): boolean {
    return this.#elapsed[row] < 0;
  }

  /** Whether somebody awaits the next episode. */
  get isOneAtEnd(): boolean {
    return this.#elapsed.includes(-1);
  }

  /** The number from which a row's next action is made. */
  draw(row: number): number {
    const { worlds } = this;
    return drawOf(this.#play.tapes[worlds.worldOf(row)], worlds.t + (row % worlds.agents));
  }

  /** @param idle an action for those who have just been spawned */
  step(parts: readonly number[] = [], idle?: readonly number[]): void {
    const { worlds } = this;
    const { spawn } = worlds.env;
    const ends = Array.from(this.#elapsed, (elapsed) => elapsed < 0);
    for (const [row, end] of ends.entries()) {
      const action = end ? undefined : worlds.act(row, this.draw(row));
      const told = action?.length === 1 ? action[0] : action;
      this.#log?.acted(worlds.nameOf(row), told ?? (spawn ? 'spawn' : 'reset'));
      if (end && idle) worlds.tell(row, idle);
    }
    worlds.t++;
    if (spawn) this.spawnEnded();
    const still = spawn ? Array<boolean>(worlds.count).fill(false) : ends;
    for (const [from, to] of runs(still, parts)) worlds.step(from, to);
    const { cut } = this.#play;
    for (const [row, end] of ends.entries()) {
      if (end && !spawn) worlds.reset(row);
      const over = !end && (worlds.columns.terminations[row] !== 0 || this.#elapsed[row] + 1 === cut);
      this.#elapsed[row] = end ? 0 : over ? -1 : this.#elapsed[row] + 1;
    }
    worlds.observe();
  }

  /** Begins new episodes for the agents that await them, in their worlds as they are. */
  spawnEnded(): void {
    const { spawned } = this.worlds.columns;
    for (let row = 0; row < this.worlds.rows; row++) {
      spawned[row] = +this.atEnd(row);
      if (this.atEnd(row)) this.worlds.spawn(row);
    }
  }

  /** What the last step brought a world. */
  frame(world: number): Frame {
    const { rewards, terminations } = this.worlds.columns;
    return this.worlds.shown(world, (row) =>
      // A row whose episode has just begun has elapsed 0, and neither reward nor end.
      this.#elapsed[row] === 0 ? { reset: true } : { reward: rewards[row], termination: terminations[row] },
    );
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
