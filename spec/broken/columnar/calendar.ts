import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

let days = 0;

/** Fault: what is paid depends on how often any vector was stepped. */
export const calendar = defineEnv({
  ...walk,
  id: 'Calendar-v0',
  step(context, from, to) {
    walk.step(context, from, to);
    days++;
    for (let i = from; i < to; i++) context.rewards[i] = days % 7;
  },
});
