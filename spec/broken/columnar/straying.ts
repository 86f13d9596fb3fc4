import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: a step writes the rewards of all worlds, also of those that it is not called for. */
export const straying = defineEnv({
  ...walk,
  id: 'Straying-v0',
  step(context, from, to) {
    const { rewards, state } = context;
    walk.step(context, from, to);
    for (let i = 0; i < rewards.length; i++) rewards[i] = -Math.abs(state.x[i]);
  },
});
