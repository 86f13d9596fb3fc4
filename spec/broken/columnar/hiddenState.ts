import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

let home = 0;

/** Fault: the place to walk from is kept for all vectors there are, not in the state. */
export const hiddenState = defineEnv({
  ...walk,
  id: 'HiddenState-v0',
  reset(context, i) {
    walk.reset(context, i);
    home = context.state.x[0];
  },
  observe({ state: { x }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = x[i] - home;
  },
});
