import fc from 'fast-check';
import type { AgentKind, StructuredEnv } from '../../../lib/env/structured.ts';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { arrays } from '../../../lib/space/dtype.ts';
import { layout } from '../../../lib/space/layout.ts';
import { law } from '../law.ts';
import { cuts, type Play, playFields } from '../plays.ts';
import { type Frame, sameStory } from '../story.ts';
import { framesOfRows, VectorPlayer } from '../vector/playVector.ts';
import { limited } from '../vector/timeLimit.ts';
import { type Outcome, RawWorld } from './rawWorld.ts';

export const emulation = law<StructuredEnv, Play & { cut: number }>({
  name: 'emulation',
  says: 'Its rows in a vector show what it shows by itself, step by step; rows without an agent show nothing.',
  skip: ({ kinds }) =>
    kinds.every(({ agents, slots }) => agents.length === slots)
      ? undefined
      : 'rows go to whoever comes first (maxAgents)',
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

/** What the rows of a world must show, from an instance beside it. */
class Twin {
  readonly #env: StructuredEnv;
  readonly #world: number;
  readonly #raw: RawWorld;
  #elapsed = 0;
  #ended = false;
  /** Who acted in the last step, and what came of it. */
  #acted: readonly string[] = [];
  #outcome: Outcome;

  constructor(env: StructuredEnv, world: number, seed: number) {
    this.#env = env;
    this.#world = world;
    this.#raw = new RawWorld(env);
    this.#outcome = this.#raw.reset({ seed });
  }

  /** By the actions that stand in the columns of the envs. */
  step({ groups }: VectorEnvs): void {
    const raw = this.#raw;
    if (this.#ended) {
      this.#outcome = raw.reset();
      this.#acted = [];
      this.#elapsed = 0;
      this.#ended = false;
      return;
    }
    this.#acted = raw.agents;
    const actions: Record<string, unknown> = {};
    for (const [g, { agents, slots }] of this.#env.kinds.entries()) {
      const { actions: all, rows } = groups[g];
      const width = all.length / rows;
      for (const [k, agent] of agents.entries()) {
        const row = this.#world * slots + k;
        if (this.#acted.includes(agent))
          actions[agent] = raw.decode(agent, [...all.slice(row * width, (row + 1) * width)]);
      }
    }
    this.#outcome = raw.step(actions);
    this.#ended = ++this.#elapsed === this.#env.maxEpisodeSteps || raw.agents.length === 0;
  }

  get seen(): Frame {
    return this.#each((kind, agent) => this.#seen(kind, agent));
  }

  get frame(): Frame {
    const rows = this.#each((kind, agent) => ({ ...this.#seen(kind, agent), ...this.#came(agent) }));
    return { ...rows, ended: +this.#ended };
  }

  #each(tell: (kind: AgentKind, agent: string) => Frame): Frame {
    const { kinds } = this.#env;
    return framesOfRows(
      kinds.flatMap((kind) =>
        kind.agents.map((agent, k) => [`${kind.name}[${k}]`, tell(kind, agent)] as const),
      ),
    );
  }

  #seen({ observation, masked }: AgentKind, agent: string): Frame {
    const { dtype, width, pack } = layout(observation);
    const row = new arrays[dtype](width);
    const { observations } = this.#outcome;
    const isThere = this.#raw.agents.includes(agent) && !this.#ended;
    // Who comes in the last step never acts, and is not shown.
    if (isThere || this.#acted.includes(agent)) pack(observations[agent], row, 0);
    if (!masked) return { observation: row };
    const { choices } = this.#raw.chooser(agent);
    const flags = isThere ? this.#raw.flags(agent) : new Uint8Array(choices).fill(1);
    return { observation: row, ...(choices > 0 ? { actionMask: flags } : {}) };
  }

  #came(agent: string): Frame {
    const { rewards, terminations, truncations } = this.#outcome;
    if (!this.#acted.includes(agent)) return { reward: 0, termination: 0, truncation: 0, mask: 0 };
    const cut = this.#elapsed === this.#env.maxEpisodeSteps;
    return {
      reward: Math.fround(rewards?.[agent] as number),
      termination: +(terminations?.[agent] as boolean),
      truncation: +((truncations?.[agent] as boolean) || cut),
      mask: 1,
    };
  }
}
