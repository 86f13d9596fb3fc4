import { defineEnv } from '../../lib/env/env.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';

/**
 * Pays 1 a step and never ends, but is cut after 8 steps. What is seen is always 1, so that all states are one, whose value
 * is 1 / (1 − γ) to who takes the value beyond a truncation into account: 50 with γ = 0.98. Who doesn't, finds 8 at most.
 */
export const constantReward = defineEnv({
  id: 'ConstantReward-v0',
  observation: box(1, 1, [1]),
  action: discrete(2),
  maxEpisodeSteps: 8,
  state: {},
  reset() {},
  step({ rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      rewards[i] = 1;
      terminations[i] = 0;
    }
  },
  observe({ observations }, from, to) {
    observations.fill(1, from, to);
  },
});
