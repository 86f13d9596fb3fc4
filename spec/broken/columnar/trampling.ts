import { defineEnv } from '../../../lib/env/env.ts';
import { climbers } from './climbers.ts';

/** Fault: who is spawned throws the next agent of its world off the ladder, and so begins its episode anew too. */
export const trampling = defineEnv({
  ...climbers,
  id: 'Trampling-v0',
  spawn(context, row) {
    climbers.spawn?.(context, row);
    context.state.rung[row - (row % 3) + ((row + 1) % 3)] = 0;
  },
});
