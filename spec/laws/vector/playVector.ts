import type { AnyEnv } from '../../../lib/env/env.ts';
import { isStructured } from '../../../lib/env/kinds.ts';
import type { RowGroup, VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import { Chooser } from '../chooser.ts';
import type { Log } from '../log.ts';
import { vector } from '../memory.ts';
import { drawOf, type Play } from '../plays.ts';
import { type Frame, framesOfRows, type Story } from '../story.ts';

/** A play by a vector of envs, which does its resets itself. */
export interface VectorPlay extends Play {
  readonly autoreset: Autoreset;
}

/** Drives a vector of envs through a play. @throws EnvError as the vector does */
export class VectorPlayer {
  readonly envs: VectorEnvs;
  /** What the worlds are told; may be changed between steps. */
  tapes: Play['tapes'];
  readonly #log: Log | undefined;
  readonly #choosers: readonly Chooser[];
  /** Steps that each world has taken, resets not counted: where its tape is. */
  #taken: number[];

  constructor(env: AnyEnv, play: VectorPlay, { log, seed = play.seed }: { log?: Log; seed?: number } = {}) {
    const { tapes, autoreset } = play;
    this.envs = vector(env, { numEnvs: tapes.length, seed, autoreset });
    this.tapes = tapes;
    this.#log = log;
    this.#taken = tapes.map(() => 0);
    this.#choosers = this.envs.groups.map(({ action }) => new Chooser(action));
  }

  /** Tells what happens in some steps; frame 0 is what is shown before them. */
  play(steps: number): Story {
    const story: Frame[][] = this.tapes.map((_, world) => [this.seen(world)]);
    for (let t = 0; t < steps; t++) {
      this.step();
      for (const [world, frames] of story.entries()) frames.push(this.frame(world));
    }
    return story;
  }

  step(): void {
    for (const [g, group] of this.envs.groups.entries()) this.#act(group, this.#choosers[g]);
    for (const world of this.#taken.keys()) if (!this.awaitsReset(world)) this.#taken[world]++;
    this.envs.advance();
  }

  /** Whether a world's next step is its reset. */
  awaitsReset(world: number): boolean {
    return this.envs.autoreset === 'NEXT_STEP' && this.envs.ended[world] === 1;
  }

  /** Whether an agent of a world came to its end in the last step. */
  hasEnd(world: number): boolean {
    return this.envs.groups.some(({ terminations, truncations, slots }) =>
      [terminations, truncations].some((flags) =>
        flags.subarray(world * slots, (world + 1) * slots).includes(1),
      ),
    );
  }

  /** Whether it is agents whose episodes end, each by itself, and not worlds. */
  get isByAgent(): boolean {
    const { env } = this.envs;
    return !isStructured(env) && env.spawn !== undefined;
  }

  /** Where the tapes are: to be taken over with a state. */
  get taken(): readonly number[] {
    return [...this.#taken];
  }

  set taken(taken: readonly number[]) {
    this.#taken = [...taken];
  }

  /** What is to be seen of a world: of its only row, or of all its rows by kind and slot. */
  frame(world: number): Frame {
    const frame = this.#each(world, (group, row) => ({ ...seenOf(group, row), ...outcomeOf(group, row) }));
    return { ...frame, ended: this.envs.ended[world] };
  }

  /** What a world shows and allows. */
  seen(world: number): Frame {
    return this.#each(world, seenOf);
  }

  /** What the last step brought a world; in rows that have ended, with their last observations. */
  came(world: number): Frame {
    return this.#each(world, (group, row) => ({ ...outcomeOf(group, row), ...lastOf(group, row) }));
  }

  #each(world: number, tell: (group: RowGroup, row: number) => Frame): Frame {
    return framesOfRows(
      this.envs.groups.map((group) => {
        const { kind, slots } = group;
        return [kind, Array.from({ length: slots }, (_, slot) => tell(group, world * slots + slot))];
      }),
    );
  }

  #act(group: RowGroup, chooser: Chooser): void {
    const { rows, slots, actions, actionMasks, kind } = group;
    const { tapes } = this;
    for (let row = 0; row < rows; row++) {
      const world = Math.floor(row / slots);
      const slot = row % slots;
      const draw = drawOf(tapes[world], this.#taken[world] + slot);
      const action = chooser.choose(draw, actionMasks, row * chooser.choices);
      actions.set(action, row * chooser.width);
      const who = this.envs.groups.length * slots > 1 ? `world ${world}, ${kind}[${slot}]` : `world ${world}`;
      const value = chooser.valueOf(action);
      this.#log?.acted(who, value.length === 1 ? value[0] : value);
    }
  }
}

type Sliceable = { readonly length: number; slice(from: number, to: number): unknown };

function part({ rows }: RowGroup, column: Sliceable, row: number): unknown {
  const width = column.length / rows;
  return column.slice(row * width, (row + 1) * width);
}

function seenOf(group: RowGroup, row: number): Frame {
  const { observations, actionMasks } = group;
  const mask = actionMasks ? { actionMask: part(group, actionMasks, row) } : {};
  return { observation: part(group, observations, row), ...mask };
}

function outcomeOf({ rewards, terminations, truncations, masks }: RowGroup, row: number): Frame {
  return {
    reward: rewards[row],
    termination: terminations[row],
    truncation: truncations[row],
    mask: masks[row],
  };
}

function lastOf(group: RowGroup, row: number): Frame {
  const { terminations, truncations, finalObservations, observations } = group;
  if (terminations[row] + truncations[row] === 0) return {};
  return { last: part(group, finalObservations ?? observations, row) };
}
