import fc from 'fast-check';
import type { AgentKind, StructuredEnv } from '../../../lib/env/structured.ts';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { arrays } from '../../../lib/space/dtype.ts';
import { layout } from '../../../lib/space/layout.ts';
import { law } from '../law.ts';
import { cuts, type Play, playFields } from '../plays.ts';
import { type Frame, framesOfRows, sameStory } from '../story.ts';
import { VectorPlayer } from '../vector/playVector.ts';
import { limited } from '../vector/timeLimit.ts';
import { type Outcome, RawWorld } from './rawWorld.ts';

export const emulation = law<StructuredEnv, Play & { cut: number }>({
  name: 'emulation',
  says: 'Its rows in a vector show what it shows by itself, step by step; rows without an agent show nothing.',
  cases: (_, { steps }) => fc.record({ ...playFields(steps, { min: 1, max: 3 }), cut: cuts(steps) }),
  holds(env, { cut, ...play }, log) {
    const short = cut ? limited(env, cut) : env;
    const player = new VectorPlayer(short, { ...play, autoreset: 'NEXT_STEP' }, { log });
    const twins = play.tapes.map((_, world) => new Twin(short, world, play.seed + world));
    for (const [world, twin] of twins.entries()) {
      const { seen } = twin;
      sameStory([[seen]], [[player.seen(world)]], { step: 0, world });
    }
    for (let step = 1; step <= play.steps; step++) {
      player.step();
      for (const [world, twin] of twins.entries()) {
        twin.step(player.envs);
        sameStory([[twin.frame]], [[player.frame(world)]], { step, world });
      }
    }
  },
});

/** Who is in the rows of a kind: an agent always in its own, or, if they are fewer, in the first that is free. */
class Seats {
  readonly kind: AgentKind;
  /** Who acted in the last step, and who acts next, by row. */
  acted: (string | undefined)[] = [];
  now: (string | undefined)[] = [];

  constructor(kind: AgentKind) {
    this.kind = kind;
    this.now = Array.from({ length: kind.slots });
  }

  /** Lets go who is not there any more, and gives rows to those who have come. */
  take(present: readonly string[], isReset: boolean): void {
    const { agents, slots } = this.kind;
    this.acted = isReset ? [] : [...this.now];
    this.now = this.now.map((agent) => (!isReset && agent && present.includes(agent) ? agent : undefined));
    for (const agent of present) {
      if (!agents.includes(agent) || this.now.includes(agent)) continue;
      // The row of somebody who has just finished is free in the next step only.
      const free = this.now.findIndex((seated, row) => !seated && !this.acted[row]);
      this.now[slots === agents.length ? agents.indexOf(agent) : free] = agent;
    }
  }
}

/** What the rows of a world must show, from an instance beside it. */
class Twin {
  readonly #env: StructuredEnv;
  readonly #world: number;
  readonly #raw: RawWorld;
  readonly #seats: readonly Seats[];
  #elapsed = 0;
  #ended = false;
  #outcome: Outcome;

  constructor(env: StructuredEnv, world: number, seed: number) {
    this.#env = env;
    this.#world = world;
    this.#raw = new RawWorld(env);
    this.#seats = env.kinds.map((kind) => new Seats(kind));
    this.#outcome = this.#raw.reset({ seed });
    this.#seat(true);
  }

  /** By the actions that stand in the columns of the envs. */
  step({ groups }: VectorEnvs): void {
    const raw = this.#raw;
    if (this.#ended) {
      this.#outcome = raw.reset();
      this.#elapsed = 0;
      this.#ended = false;
      this.#seat(true);
      return;
    }
    const actions: Record<string, unknown> = {};
    for (const [g, { now, kind }] of this.#seats.entries()) {
      const { actions: all, rows } = groups[g];
      const width = all.length / rows;
      for (const [slot, agent] of now.entries()) {
        const from = (this.#world * kind.slots + slot) * width;
        if (agent) actions[agent] = raw.decode(agent, [...all.slice(from, from + width)]);
      }
    }
    this.#outcome = raw.step(actions);
    this.#ended = ++this.#elapsed === this.#env.maxEpisodeSteps || raw.agents.length === 0;
    this.#seat(false);
  }

  get seen(): Frame {
    return this.#each((seats, slot) => this.#seen(seats, slot));
  }

  get frame(): Frame {
    const rows = this.#each((seats, slot) => ({
      ...this.#seen(seats, slot),
      ...this.#came(seats.acted[slot]),
    }));
    return { ...rows, ended: +this.#ended };
  }

  /** When an episode has ended nobody acts next, and who has only come is not shown. */
  #seat(isReset: boolean): void {
    for (const seats of this.#seats) seats.take(this.#ended ? [] : this.#raw.agents, isReset);
  }

  #each(tell: (seats: Seats, slot: number) => Frame): Frame {
    return framesOfRows(
      this.#seats.map((seats) => [seats.kind.name, seats.now.map((_, slot) => tell(seats, slot))] as const),
    );
  }

  #seen({ kind, acted, now }: Seats, slot: number): Frame {
    const { dtype, width, pack } = layout(kind.observation);
    const observation = new arrays[dtype](width);
    const agent = acted[slot] ?? now[slot];
    if (agent) pack(this.#outcome.observations[agent], observation, 0);
    const { choices } = this.#raw.chooser(kind.agents[0]);
    if (!kind.masked || choices === 0) return { observation };
    const next = now[slot];
    return { observation, actionMask: next ? this.#raw.flags(next) : new Uint8Array(choices).fill(1) };
  }

  #came(agent: string | undefined): Frame {
    const { rewards, terminations, truncations } = this.#outcome;
    if (!agent) return { reward: 0, termination: 0, truncation: 0, mask: 0 };
    const isCut = this.#elapsed === this.#env.maxEpisodeSteps;
    return {
      reward: Math.fround(rewards?.[agent] as number),
      termination: +(terminations?.[agent] as boolean),
      truncation: +((truncations?.[agent] as boolean) || isCut),
      mask: 1,
    };
  }
}
