import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

const speed = new Float64Array(100);

/** Fault: the speed is not in the state, so that it is not in the save. */
export const unsaved = defineEnv({
  ...walk,
  id: 'Unsaved-v0',
  reset(context, i) {
    walk.reset(context, i);
    speed[i] = 0;
  },
  step(context, from, to) {
    const { actions, state } = context;
    for (let i = from; i < to; i++) {
      speed[i] = 0.5 * speed[i] + actions[i] - 1;
      state.x[i] += speed[i];
    }
    walk.step(context, from, to);
  },
  observe({ state: { x }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = Math.max(-10, Math.min(10, x[i]));
  },
});
