/** An existing simulation as an env, in Gymnasium's form. Run it with `npx tsx examples/wrap.ts`. */

import {
  box,
  dict,
  discrete,
  emulate,
  evaluate,
  type GymnasiumEnv,
  type Infer,
  multiBinary,
  openRun,
  ppo,
  Random,
  type ResetOptions,
  type State,
} from 'pufferflow';

/** The simulation as it was: it knows nothing of learning. */
class Harbour {
  random: Random;
  tide = 0;
  ships: boolean[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  arrive(): void {
    this.tide = this.random.uniform(-1, 1);
    this.ships = Array.from({ length: 3 }, () => this.random.uniform() < 0.5);
  }
}

const observation = dict({ tide: box(-1, 1, []), ships: multiBinary(3) });
const action = dict({ gate: discrete(2), berth: discrete(3) });

/** What makes an env of it. Values have the types of their spaces: a misspelt field does not compile. */
class HarbourEnv implements GymnasiumEnv<typeof observation, typeof action> {
  readonly observationSpace = observation;
  readonly actionSpace = action;
  #harbour = new Harbour(new Random(0));
  /** Steps of the episode; none is under way before the first reset, and after the end. */
  #steps = Number.POSITIVE_INFINITY;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#harbour.random = new Random(seed);
    this.#harbour.arrive();
    this.#steps = 0;
    return [this.#show(), {}] as const;
  }

  /** ½ for a gate that is open at high tide only, ½ for a berth that is free. */
  step({ gate, berth }: Infer<typeof action>) {
    if (this.#steps >= 20) throw new Error('step: reset the harbour first');
    const { tide, ships } = this.#harbour;
    const reward = (gate === +(tide > 0) ? 0.5 : 0) + (ships.every(Boolean) || !ships[berth] ? 0.5 : 0);
    this.#harbour.arrive();
    this.#steps++;
    return [this.#show(), reward, false, this.#steps === 20, {}] as const;
  }

  getState(): State {
    const { tide, ships, random } = this.#harbour;
    return { tide, ships: [...ships], seed: random.seed, draws: random.draws, steps: this.#steps };
  }

  setState(state: State) {
    const { tide, ships, seed, draws, steps } = state as Record<string, number> & { ships: boolean[] };
    this.#harbour = Object.assign(new Harbour(new Random(seed, draws)), { tide, ships: [...ships] });
    this.#steps = steps;
  }

  #show() {
    return { tide: this.#harbour.tide, ships: this.#harbour.ships.map(Number) };
  }
}

export const harbour = emulate({ id: 'Harbour-v0', threshold: 19, create: () => new HarbourEnv() });

const run = await openRun(harbour, ppo, {
  totalSteps: 60_000,
  numEnvs: 16,
  numSteps: 64,
  learningRate: 2e-3,
});
run.metrics.subscribe({
  next({ iteration, steps, episodeReturn }) {
    if (iteration % 10 === 0) console.log(`${steps} steps, mean return ${episodeReturn.toFixed(2)}`);
  },
  complete: () => console.log(evaluate(harbour, run.agent, { episodes: 100, seed: 1 })),
});
