import { defineEnv } from '../../../lib/env/env.ts';
import { walk } from './walk.ts';

/** Fault: a termination is written only where an episode ends. */
export const unwritten = defineEnv({
  ...walk,
  id: 'Unwritten-v0',
  step(context, from, to) {
    const { terminations, state } = context;
    const before = terminations.slice();
    walk.step(context, from, to);
    for (let i = from; i < to; i++) terminations[i] = Math.abs(state.x[i]) > 4 ? 1 : before[i];
  },
});
