import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const ARMS = 4;

/**
 * A sanity check: four arms, of which always the same one pays. Who can't learn this has an update that does nothing.
 *
 * Observation, Box(1): always 1. Actions: the arm that is pulled. Reward: 1 for arm number `arm`, else 0. Terminates at
 * once. The optimum is 1, chance is 0.25; solved at a mean return of 0.95.
 */
export const bandit = defineEnv({
  id: 'Bandit-v0',
  module: import.meta.url,
  observation: box(1, 1, [1]),
  action: discrete(ARMS),
  threshold: 0.95,
  params: { arm: 2 },
  state: {},
  reset({ params: { arm } }, i) {
    if (!(Number.isInteger(arm[i]) && arm[i] >= 0 && arm[i] < ARMS))
      throw new RangeError(`arm: expected an integer in [0, ${ARMS}), got ${arm[i]}`);
  },
  step({ params: { arm }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      rewards[i] = +(actions[i] === arm[i]);
      terminations[i] = 1;
    }
  },
  observe({ observations }, from, to) {
    observations.fill(1, from, to);
  },
});
