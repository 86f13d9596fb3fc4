import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

/** An episode's steps, T. */
const STEPS = 8;
const count = { type: 'i32', low: 0, high: STEPS } as const;

/**
 * A sanity check of policies that must stay random: the best of those without memory chooses action 0 with
 * probability p = `probability`, 3/4, and no deterministic one comes near.
 *
 * Observation, Box(1): always 1. Actions: 0 harvests, 1 waits. Reward: for the harvest after k others in the episode,
 * (2p / T − 2k / (T(T − 1))) / p²; for waiting 0. Terminates after T = 8 steps. Who harvests with probability q at
 * every step has K harvests, of a binomial distribution, and an expected return of
 *
 *   E[2pK / T − K(K − 1) / (T(T − 1))] / p² = (2pq − q²) / p² = 1 − (q / p − 1)²
 *
 * The optimum is 1, at q = p. For p = 3/4 always to harvest gives 8/9, as does q = 1/2; never to gives 0. (Who counts
 * the steps can get 1.048.) Solved at a mean return of 0.96, which takes |q − p| < 0.15.
 */
export const stochastic = defineEnv({
  id: 'Stochastic-v0',
  module: import.meta.url,
  observation: box(1, 1, [1]),
  action: discrete(2),
  threshold: 0.96,
  params: { probability: 0.75 },
  state: { harvests: count, elapsed: count },
  reset({ state: { harvests, elapsed }, params: { probability } }, i) {
    if (!(probability[i] > 0 && probability[i] <= 1))
      throw new RangeError(`probability: expected a number in (0, 1], got ${probability[i]}`);
    harvests[i] = 0;
    elapsed[i] = 0;
  },
  step({ state: { harvests, elapsed }, params, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const p = params.probability[i];
      const harvest = actions[i] === 0;
      rewards[i] = harvest ? ((2 * p) / STEPS - (2 * harvests[i]) / (STEPS * (STEPS - 1))) / (p * p) : 0;
      harvests[i] += +harvest;
      terminations[i] = +(++elapsed[i] >= STEPS);
    }
  },
  observe({ observations }, from, to) {
    observations.fill(1, from, to);
  },
});
