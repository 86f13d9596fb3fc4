import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const BITS = 5;

/**
 * A sanity check of exploration: a password of five bits, always the same, is guessed bit by bit, and nothing tells
 * how near a guess is.
 *
 * Observation, Box(5): the bits guessed so far as −1 or 1, then 0 for each that is still to come. Actions: the next
 * bit. Reward: 1 after the fifth bit, if all are right, else 0. Terminates after the fifth. Bit k of the parameter
 * `password` is the k-th to be guessed. The optimum is 1, chance is 1/32; solved at a mean return of 0.95.
 */
export const password = defineEnv({
  id: 'Password-v0',
  module: import.meta.url,
  observation: box(-1, 1, [BITS]),
  action: discrete(2),
  threshold: 0.95,
  params: { password: 0b01101 },
  state: {
    guess: { type: 'i32', low: 0, high: (1 << BITS) - 1 },
    guessed: { type: 'i32', low: 0, high: BITS },
  },
  reset({ state: { guess, guessed }, params: { password } }, i) {
    if (!(Number.isInteger(password[i]) && password[i] >= 0 && password[i] < 1 << BITS))
      throw new RangeError(`password: expected an integer in [0, ${1 << BITS}), got ${password[i]}`);
    guess[i] = 0;
    guessed[i] = 0;
  },
  step({ state: { guess, guessed }, params: { password }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      guess[i] |= actions[i] << guessed[i];
      const last = ++guessed[i] >= BITS;
      rewards[i] = +(last && guess[i] === password[i]);
      terminations[i] = +last;
    }
  },
  observe({ state: { guess, guessed }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      for (let k = 0; k < BITS; k++)
        observations[BITS * i + k] = k < guessed[i] ? 2 * ((guess[i] >> k) & 1) - 1 : 0;
    }
  },
});
