import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: near the right cliff the mask allows nothing. */
export const emptyMask = defineEnv({
  ...walk,
  id: 'EmptyMask-v0',
  actionMask({ actionMasks, state: { x } }, from, to) {
    for (let i = from; i < to; i++) actionMasks.fill(+(x[i] < 2), 3 * i, 3 * i + 3);
  },
});
