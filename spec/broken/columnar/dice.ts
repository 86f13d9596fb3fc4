import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: random numbers that no seed knows of. */
export const dice = defineEnv({
  ...walk,
  id: 'Dice-v0',
  reset({ state: { x } }, i) {
    x[i] = Math.random();
  },
});
