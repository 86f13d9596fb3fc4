import { defineEnv } from '../../../lib/env/env.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

/** Fault: the time limit counts the steps of a lifetime, not of an episode. */
export const lifelongLimit = defineEnv({
  id: 'LifelongLimit-v0',
  observation: box(-100, 100, [1]),
  action: discrete(2),
  state: { x: 'f64', steps: 'i32' },
  reset({ state: { x } }, i) {
    x[i] = 0;
  },
  step({ state: { x, steps }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      x[i] += actions[i];
      rewards[i] = x[i];
      terminations[i] = +(++steps[i] % 8 === 0);
    }
  },
  observe({ state: { x }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = x[i];
  },
});
