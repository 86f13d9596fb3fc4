import type { PerAgent, StructuredEnv } from '../../../lib/env/structured.ts';
import type { Log } from '../log.ts';
import { drawOf } from '../plays.ts';
import type { Frame } from '../story.ts';
import { type Outcome, RawWorld } from './rawWorld.ts';

/** What is done with one instance: resets without a seed follow ends, and cuts after `cut` steps (0: never). */
export interface RawPlay {
  readonly seed: number;
  readonly steps: number;
  readonly tape: readonly number[];
  readonly cut: number;
}

export interface RawOptions {
  readonly log?: Log;
  /** An instance that exists already. */
  readonly world?: RawWorld;
  /** Sees what the env was given and what it returned, after it was copied. */
  readonly touch?: (values: readonly unknown[]) => void;
  /** Called before each step. */
  readonly before?: (step: number) => void;
}

/** Plays with one instance, seeded, and tells what happened. @throws EnvError if the env throws */
export function playRaw(env: StructuredEnv, play: RawPlay, options: RawOptions = {}): Frame[] {
  const { world = new RawWorld(env), ...rest } = options;
  const player = new RawPlayer(world, play, rest);
  const frames = [player.begin()];
  for (let t = 0; t < play.steps; t++) frames.push(player.step());
  return frames;
}

/** Drives an instance through a play. */
export class RawPlayer {
  readonly world: RawWorld;
  readonly #play: RawPlay;
  readonly #options: RawOptions;
  /** Steps of the play, and of the episode. */
  #t = 0;
  #elapsed = 0;
  #shown: PerAgent<unknown> = {};

  constructor(world: RawWorld, play: RawPlay, options: RawOptions = {}) {
    this.world = world;
    this.#play = play;
    this.#options = options;
  }

  /** Resets with the play's seed. */
  begin(): Frame {
    return this.#told(this.world.reset({ seed: this.#play.seed }));
  }

  /** Whether the next step is a reset. */
  get atEnd(): boolean {
    const { cut } = this.#play;
    return this.world.agents.length === 0 || (cut > 0 && this.#elapsed === cut);
  }

  /** Goes on where another player is: the instance has taken on the other's state. */
  goOnFrom(other: RawPlayer): void {
    this.#t = other.#t;
    this.#elapsed = other.#elapsed;
    this.world.isOver = other.world.isOver;
  }

  /** Resets, goes on without a seed, and begins the tape again. */
  rewind(): Frame {
    this.#t = 0;
    this.#elapsed = 0;
    return this.#told(this.world.reset());
  }

  /** What an agent was shown last. */
  shown(agent: string): unknown {
    return this.#shown[agent];
  }

  /** The actions of those who are there. */
  choose(): Record<string, number[]> {
    const { agents, possibleAgents } = this.world;
    return Object.fromEntries(
      agents.map((agent) => {
        const draw = drawOf(this.#play.tape, this.#t + possibleAgents.indexOf(agent));
        return [agent, this.world.choose(agent, draw)];
      }),
    );
  }

  step(): Frame {
    const { world } = this;
    const { log, before } = this.#options;
    before?.(this.#t);
    if (this.atEnd) {
      log?.acted('', 'reset');
      const frame = { ...this.#told(world.reset()), reset: true };
      this.#t++;
      this.#elapsed = 0;
      return frame;
    }
    const actions = Object.fromEntries(
      Object.entries(this.choose()).map(([agent, action]) => [agent, world.decode(agent, action)]),
    );
    for (const [agent, action] of Object.entries(actions)) log?.acted(agent === 'agent' ? '' : agent, action);
    this.#t++;
    this.#elapsed++;
    return this.#told(world.step(actions), actions);
  }

  #told(outcome: Outcome, actions: PerAgent<unknown> = {}): Frame {
    const { world } = this;
    const { agents } = world;
    const masks = world.env.actionMask
      ? { masks: Object.fromEntries(agents.map((agent) => [agent, world.mask(agent)])) }
      : {};
    const frame = world.guard('copy', () => structuredClone({ ...outcome, ...masks, agents }));
    this.#shown = (frame as unknown as Outcome).observations;
    this.#options.touch?.([outcome.observations, masks, actions]);
    return frame as unknown as Frame;
  }
}
