import { type Config, choice, flag } from '../lib/config.ts';
import { pipeline } from './pipeline.ts';
import { ppo, ppoSchema } from './ppo.ts';

/** PPO's keys, for learning from what an older policy has collected. */
export const appoSchema = {
  ...ppoSchema,
  advantage: choice('vtrace', 'gae'),
  overlap: flag(true),
};

export type AppoConfig = Config<typeof appoSchema>;

/**
 * Asynchronous PPO: the next rollout is collected while this one is learned from.
 *
 * The sentence is PPO's. Actions come from the weights before the update, which V-trace's ratios correct; the weights and
 * the order of all steps are the same for any number of workers, which there must be two of for a gain.
 *
 * @see arXiv:1707.06347; arXiv:1802.01561 (V-trace); arXiv:2006.11751 (APPO)
 */
export const appo = pipeline('appo', appoSchema, ppo.graph);
