import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: a world shows where its left neighbour is. */
export const leakingRows = defineEnv({
  ...walk,
  id: 'LeakingRows-v0',
  observe({ state: { x }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = (x[i] + x[Math.max(0, i - 1)]) / 2;
  },
});
