import { emulate } from '../lib/env/emulate.ts';
import type { GymnasiumEnv, ResetOptions, State } from '../lib/env/structured.ts';
import { Random } from '../lib/random.ts';
import { box } from '../lib/space/box.ts';
import { dict } from '../lib/space/dict.ts';
import { discrete } from '../lib/space/discrete.ts';
import { multiBinary } from '../lib/space/multiBinary.ts';
import type { Infer } from '../lib/space/space.ts';

const sees = dict({ image: box(-1, 1, [5, 5]), flat: multiBinary(5) });
const does = dict({ image: discrete(2), flat: discrete(2) });

/**
 * A sanity check: what is seen and what is done have parts, and each part is paid for by itself. Who mixes up the
 * leaves of a nested space stays at chance.
 *
 * Observation, Dict: `image` Box(5, 5) of uniform numbers in [−1, 1), `flat` five random bits. Action, Dict: `image` is
 * right if it is 1 where the numbers' sum is positive, else 0; `flat` if it is 1 where most bits are set, else 0. Reward:
 * ½ for each right part. Terminates at once. The optimum is 1, chance is ½; solved at a mean return of 0.9.
 */
class Spaces implements GymnasiumEnv<typeof sees, typeof does> {
  readonly observationSpace = sees;
  readonly actionSpace = does;
  #random = new Random(0);
  #seen: Infer<typeof sees> = { image: new Float32Array(25), flat: new Int8Array(5) };
  #isOver = true;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    const image = new Float32Array(25).map(() => this.#random.uniform(-1, 1));
    this.#seen = { image, flat: new Int8Array(5).map(() => this.#random.integer(0, 2)) };
    this.#isOver = false;
    return [copyOf(this.#seen), {}] as const;
  }

  step({ image, flat }: Infer<typeof does>) {
    if (this.#isOver) throw new Error('Spaces: expected a reset before the step');
    const isPositive = this.#seen.image.reduce((sum, value) => sum + value, 0) > 0;
    const areMost = this.#seen.flat.reduce((sum, bit) => sum + bit, 0) > 2;
    const reward = 0.5 * +(image === +isPositive) + 0.5 * +(flat === +areMost);
    this.#isOver = true;
    return [copyOf(this.#seen), reward, true, false, {}] as const;
  }

  getState(): State {
    const { seed, draws } = this.#random;
    return { seed, draws, isOver: this.#isOver, ...copyOf(this.#seen) };
  }

  setState(state: State) {
    const { seed, draws, isOver, ...seen } = state as { seed: number; draws: number; isOver: boolean };
    const problem = sees.problem(seen, 'state');
    if (problem || typeof isOver !== 'boolean')
      throw new TypeError(`Spaces: ${problem ?? 'state.isOver: expected true or false'}`);
    this.#random = new Random(seed, draws);
    this.#seen = copyOf(seen as Infer<typeof sees>);
    this.#isOver = isOver;
  }
}

function copyOf({ image, flat }: Infer<typeof sees>): Infer<typeof sees> {
  return { image: image.slice(), flat: flat.slice() };
}

export const spaces = emulate({
  id: 'Spaces-v0',
  module: import.meta.url,
  create: () => new Spaces(),
  threshold: 0.9,
});
