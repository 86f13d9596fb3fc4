import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: random numbers are drawn, and nothing is made of them. */
export const unshown = defineEnv({
  ...walk,
  id: 'Unshown-v0',
  reset({ state: { x }, rng }, i) {
    rng.uniform(i);
    x[i] = 0;
  },
  step({ actions, rewards, terminations, state: { x } }, from, to) {
    for (let i = from; i < to; i++) {
      x[i] += actions[i] - 1;
      rewards[i] = 0;
      terminations[i] = +(Math.abs(x[i]) > 4);
    }
  },
});
