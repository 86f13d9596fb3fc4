import { defineEnv } from '../../../lib/env/env.ts';
import { climbers } from './climbers.ts';

/** Fault: who has just been spawned climbs on at once, by what was told to whom it follows. */
export const restless = defineEnv({
  ...climbers,
  id: 'Restless-v0',
  step(context, from, to) {
    climbers.step({ ...context, spawned: new Uint8Array(context.spawned.length) }, from, to);
    for (let row = 3 * from; row < 3 * to; row++) if (context.spawned[row]) context.rewards[row] = 0;
  },
});
