import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Rollout } from '../lib/records.ts';
import type { RewardNormalizer } from '../lib/rewardNormalizer.ts';

/**
 * Scales a rollout's rewards, in place, so that their discounted sum has a variance of 1. Episode statistics, which the
 * envs keep, stay unscaled.
 */
export function normalizeRewards(normalizer: RewardNormalizer): MonoTypeOperatorFunction<Rollout> {
  return tap((rollout) => normalizer.normalize(rollout));
}
