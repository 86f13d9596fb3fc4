import type { AgentFile } from '../lib/agentFile.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import type { Frame } from '../lib/env/frame.ts';
import type { RowGroup, VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { vectorize } from '../lib/env/vectorize.ts';
import { checkSpaces, openTeam } from '../lib/evaluate.ts';
import { Random } from '../lib/random.ts';
import { componentsOf } from '../lib/space/choices.ts';
import { layout } from '../lib/space/layout.ts';

export interface PlayerOptions {
  /** Of the world, and of actions that are drawn. */
  readonly seed: number;
  /** The agent samples its actions instead of taking the most probable one. */
  readonly sample?: boolean;
}

/** A world that is played step by step, by a saved agent or at random, and how its episode goes. */
export class Player {
  readonly envs: VectorEnvs;
  /** From 1 on. */
  episode = 1;
  /** Steps of the episode. */
  step = 0;
  /** Whether the episode has ended; the next step begins another. */
  isOver = false;
  readonly #act: () => void;
  /** The episode's rewards, and the agents that took part. */
  #sum = 0;
  #agents = 0;
  /** [rows of each group] 1: an agent is in the row, and has been counted. */
  readonly #present: readonly Uint8Array[];

  /** @throws CheckpointError if the agent's spaces are not the env's */
  static open(env: AnyEnv, agent: AgentFile | undefined, { seed, sample }: PlayerOptions): Player {
    if (agent) {
      checkSpaces(env, agent);
      const { envs, act } = openTeam(env, agent, 1, seed, !sample);
      return new Player(envs, () => envs.step(act(envs.observe())));
    }
    const envs = vectorize(env, { numEnvs: 1, seed });
    const random = new Random(seed);
    return new Player(envs, () => {
      for (const group of envs.groups) drawActions(group, random);
      envs.advance();
    });
  }

  private constructor(envs: VectorEnvs, act: () => void) {
    this.envs = envs;
    this.#act = act;
    this.#present = envs.groups.map(({ rows }) => new Uint8Array(rows));
  }

  /** The return of the episode so far: that of its agent, or the mean over all agents that took part. */
  get return(): number {
    return this.#sum / Math.max(1, this.#agents);
  }

  /** A picture of the world; undefined: the env draws none. */
  get frame(): Frame | undefined {
    return this.envs.render(0);
  }

  /** One step; after an episode's end it begins the next one. */
  advance(): void {
    this.#act();
    if (this.isOver) {
      this.episode++;
      this.step = this.#sum = this.#agents = 0;
      this.isOver = false;
      for (const present of this.#present) present.fill(0);
      return;
    }
    this.step++;
    for (const [g, { rewards, masks, terminations, truncations, rows }] of this.envs.groups.entries()) {
      const present = this.#present[g];
      for (let row = 0; row < rows; row++) {
        if (!masks[row]) continue;
        this.#sum += rewards[row];
        this.#agents += 1 - present[row];
        present[row] = terminations[row] || truncations[row] ? 0 : 1;
      }
    }
    this.isOver = this.envs.ended[0] === 1;
  }

  close(): void {
    this.envs.close();
  }
}

/** Draws an action for every row, each that is allowed as likely as the others. */
function drawActions({ action, actions, actionMasks, rows }: RowGroup, random: Random): void {
  const components = componentsOf(action);
  let flag = 0;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (!components) {
      layout(action).pack(action.sample(random), actions, row, 'action');
      continue;
    }
    for (const { size } of components) {
      const allowed = Array.from({ length: size }, (_, i) => i).filter((i) => actionMasks?.[flag + i] !== 0);
      actions[at++] = allowed[random.integer(0, allowed.length)] ?? 0;
      flag += size;
    }
  }
}
