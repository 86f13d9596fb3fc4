import type { ParallelEnv, PerAgent, ResetOptions, State } from '../../../lib/env/structured.ts';
import { Random } from '../../../lib/random.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

export const sees = box(-10, 10, [1]);
export const does = discrete(3);

/** Walkers between two cliffs; who falls is gone. Without a fault: what the broken envs are made of. */
export class Crowd implements ParallelEnv<typeof sees, typeof does> {
  readonly possibleAgents = ['walker_0', 'walker_1', 'walker_2'];
  agents: string[] = [];
  random = new Random(0);
  places: Record<string, number> = {};

  observationSpace() {
    return sees;
  }

  actionSpace() {
    return does;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new Random(seed);
    this.agents = [...this.possibleAgents];
    this.places = each(this.agents, () => this.random.uniform(-1, 1));
    return [this.show(this.agents), {}] as const;
  }

  step(actions: PerAgent<number>): ReturnType<ParallelEnv<typeof sees>['step']> {
    const before = this.agents;
    for (const agent of before) this.places[agent] += actions[agent] - 1 + this.random.uniform(-0.5, 0.5);
    const fallen = (agent: string) => Math.abs(this.places[agent]) > 3;
    this.agents = before.filter((agent) => !fallen(agent));
    return [this.show(before), each(before, () => 1), each(before, fallen), each(before, () => false), {}];
  }

  getState(): State {
    const { seed, draws } = this.random;
    return { seed, draws, agents: [...this.agents], places: { ...this.places } };
  }

  setState(state: State) {
    const { seed, draws, agents, places } = state as unknown as Crowd & { seed: number; draws: number };
    Object.assign(this, { random: new Random(seed, draws), agents: [...agents], places: { ...places } });
  }

  show(agents: readonly string[]) {
    return each(agents, (agent) => Float32Array.of(this.places[agent]));
  }
}

export function each<T>(agents: readonly string[], value: (agent: string) => T): Record<string, T> {
  return Object.fromEntries(agents.map((agent) => [agent, value(agent)]));
}
