import { defineEnv } from '../../../lib/env/env.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

/** A walk between two cliffs in gusts of wind, without a fault: what the broken envs are made of. */
export const walk = defineEnv({
  id: 'Walk-v0',
  observation: box(-10, 10, [1]),
  action: discrete(3),
  state: { x: 'f64' },
  reset({ state: { x }, rng }, i) {
    x[i] = rng.uniform(i, -1, 1);
  },
  step({ state: { x }, rng, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      x[i] += actions[i] - 1 + rng.uniform(i, -0.5, 0.5);
      rewards[i] = -Math.abs(x[i]);
      terminations[i] = +(Math.abs(x[i]) > 4);
    }
  },
  observe({ state: { x }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = x[i];
  },
});
