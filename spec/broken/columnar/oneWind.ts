import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: the first world of a call is treated otherwise than those after it. */
export const oneWind = defineEnv({
  ...walk,
  id: 'OneWind-v0',
  step(context, from, to) {
    walk.step(context, from, to);
    for (let i = from + 1; i < to; i++) context.rewards[i] += 1;
  },
});
