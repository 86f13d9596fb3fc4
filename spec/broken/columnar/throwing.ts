import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: it throws in a place that is rarely come to. */
export const throwing = defineEnv({
  ...walk,
  id: 'Throwing-v0',
  step(context, from, to) {
    walk.step(context, from, to);
    for (let i = from; i < to; i++) if (context.state.x[i] < -3) throw new Error('there is no floor here');
  },
});
