/**
 * Agents of different kinds in one world, in PettingZoo's parallel form: a policy for each kind, trained at once. Run
 * it with `npx tsx examples/kinds.ts`.
 */

import {
  box,
  discrete,
  emulate,
  evaluate,
  openRun,
  type ParallelEnv,
  type PerAgent,
  ppo,
  Random,
  type ResetOptions,
  type State,
} from 'pufferflow';

const lookout = { observation: box(-1, 1, [1]), action: discrete(3) };
const gunner = { observation: discrete(3), action: discrete(2) };

/**
 * The lookout sees where a ship is, from −1 (left) to 1 (right), and calls one of three words. The gunners hear the
 * word that was called a step before, and shoot left (0) or right (1). A hit pays every agent alike: 1 for each gunner
 * that hits, divided by their number. Nobody has told them what the words mean.
 */
class Battery implements ParallelEnv {
  readonly possibleAgents = ['lookout', 'gunner_0', 'gunner_1'];
  agents: string[] = [];
  #random = new Random(0);
  #ship = 0;
  #word = 0;
  #steps = 0;

  observationSpace(agent: string) {
    return agent === 'lookout' ? lookout.observation : gunner.observation;
  }

  actionSpace(agent: string) {
    return agent === 'lookout' ? lookout.action : gunner.action;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    this.agents = [...this.possibleAgents];
    this.#ship = this.#random.uniform(-1, 1);
    this.#word = 0;
    this.#steps = 0;
    return [this.#show(), this.#each({})] as const;
  }

  step(actions: PerAgent<unknown>) {
    const gunners = this.agents.slice(1);
    const hits = gunners.filter((agent) => actions[agent] === +(this.#ship > 0)).length;
    this.#word = actions.lookout as number;
    // The ship sails on every other step, so that a word can be heard before it is too late.
    if (++this.#steps % 2 === 0) this.#ship = this.#random.uniform(-1, 1);
    const reward = this.#steps % 2 === 0 ? hits / gunners.length : 0;
    const over = this.#steps === 32;
    const result = [
      this.#show(),
      this.#each(reward),
      this.#each(false),
      this.#each(over),
      this.#each({}),
    ] as const;
    if (over) this.agents = [];
    return result;
  }

  getState(): State {
    const { seed, draws } = this.#random;
    return { agents: [...this.agents], seed, draws, ship: this.#ship, word: this.#word, steps: this.#steps };
  }

  setState(state: State) {
    const { agents, seed, draws, ship, word, steps } = state as Record<string, number> & { agents: string[] };
    this.agents = [...agents];
    this.#random = new Random(seed, draws);
    [this.#ship, this.#word, this.#steps] = [ship, word, steps];
  }

  #show(): PerAgent<number | number[]> {
    return Object.fromEntries(
      this.agents.map((agent) => [agent, agent === 'lookout' ? [this.#ship] : this.#word]),
    );
  }

  #each<T>(value: T): PerAgent<T> {
    return Object.fromEntries(this.agents.map((agent) => [agent, value]));
  }
}

// Two kinds, by the agents' names without their numbers: lookout and gunner.
export const battery = emulate({ id: 'Battery-v0', threshold: 15, create: () => new Battery() });

const run = await openRun(battery, ppo, {
  totalSteps: 150_000,
  numEnvs: 32,
  numSteps: 64,
  learningRate: 2e-3,
});
run.metrics.subscribe({
  next({ iteration, steps, episodeReturn }) {
    if (iteration % 5 === 0) console.log(`${steps} steps, mean return ${episodeReturn.toFixed(2)} of 16`);
  },
  complete: () => console.log(evaluate(battery, run.agent, { episodes: 100, seed: 1 })),
});
