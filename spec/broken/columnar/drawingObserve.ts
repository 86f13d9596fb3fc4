import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: what is shown has noise that is drawn whenever it is asked for. */
export const drawingObserve = defineEnv({
  ...walk,
  id: 'DrawingObserve-v0',
  observe({ state: { x }, rng, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = x[i] + rng.uniform(i, -0.1, 0.1);
  },
});
