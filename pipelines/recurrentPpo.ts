import { type Config, choice, flag } from '../lib/config.ts';
import { networkSchema } from '../lib/network.ts';
import { pipeline } from './pipeline.ts';
import { ppo, ppoSchema } from './ppo.ts';

/** PPO's keys, with a memory to begin with. */
export const recurrentPpoSchema = {
  ...ppoSchema,
  network: {
    ...networkSchema,
    /** The memory lies between the trunk and both heads. */
    shared: flag(true),
    memory: { ...networkSchema.memory, kind: choice('lstm', 'gru', 'minGru', 'none') },
  },
};

export type RecurrentPpoConfig = Config<typeof recurrentPpoSchema>;

/**
 * PPO of a policy that remembers: for envs that do not show all that matters.
 *
 * The sentence is PPO's. Minibatches are of whole segments, through which gradients flow back in time (truncated BPTT);
 * what is remembered is carried from rollout to rollout, and forgotten where an episode ends.
 *
 * @see arXiv:1707.06347; https://doi.org/10.1162/neco.1997.9.8.1735 (LSTM)
 */
export const recurrentPpo = pipeline('recurrentPpo', recurrentPpoSchema, ppo.graph);
