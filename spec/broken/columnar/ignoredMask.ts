import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: the mask forbids to go left, where a step does go left. */
export const ignoredMask = defineEnv({
  ...walk,
  id: 'IgnoredMask-v0',
  actionMask({ actionMasks, state: { x } }, from, to) {
    for (let i = from; i < to; i++) actionMasks.set([+(x[i] > 0), 1, 1], 3 * i);
  },
});
