import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: the reward is the root of what may be negative. */
export const nanReward = defineEnv({
  ...walk,
  id: 'NanReward-v0',
  step(context, from, to) {
    walk.step(context, from, to);
    for (let i = from; i < to; i++) context.rewards[i] = Math.sqrt(2 - context.state.x[i]);
  },
});
