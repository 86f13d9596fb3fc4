import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

/**
 * A sanity check of recurrence: bits are shown one after another and have to be repeated after a pause.
 *
 * An episode shows `length` random bits, a step each, waits for `delay` steps, and then takes `length` answers.
 * Observation, Box(2): the bit that is shown, −1 or 1, else 0; and 1 while answers are taken, else 0. Actions: the
 * answer, 0 or 1; before it is asked for it does nothing. Reward: 1 / length for each right answer. Terminates after
 * the last one. The optimum is 1. All answers are asked for by the same observation, so that a policy without memory
 * gets 0.5, whatever it does; solved at a mean return of 0.95.
 */
export const memory = defineEnv({
  id: 'Memory-v0',
  module: import.meta.url,
  observation: box([-1, 0], [1, 1], [2]),
  action: discrete(2),
  threshold: 0.95,
  params: { length: 3, delay: 2 },
  state: { bits: 'u32', elapsed: { type: 'i32', low: 0 } },
  reset({ state: { bits, elapsed }, params: { length, delay }, rng }, i) {
    if (!(Number.isInteger(length[i]) && length[i] >= 1 && length[i] <= 32))
      throw new RangeError(`length: expected an integer in [1, 32], got ${length[i]}`);
    if (!(Number.isInteger(delay[i]) && delay[i] >= 0))
      throw new RangeError(`delay: expected a natural number, got ${delay[i]}`);
    bits[i] = rng.word(i);
    elapsed[i] = 0;
  },
  step({ state: { bits, elapsed }, params: { length, delay }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const answer = elapsed[i] - length[i] - delay[i];
      const right = answer >= 0 && actions[i] === ((bits[i] >>> answer) & 1);
      rewards[i] = right ? 1 / length[i] : 0;
      terminations[i] = +(answer >= length[i] - 1);
      elapsed[i]++;
    }
  },
  observe({ state: { bits, elapsed }, params: { length, delay }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      const t = elapsed[i];
      observations[2 * i] = t < length[i] ? 2 * ((bits[i] >>> t) & 1) - 1 : 0;
      observations[2 * i + 1] = +(t >= length[i] + delay[i]);
    }
  },
});
