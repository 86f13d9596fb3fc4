import { defineEnv } from '../../../lib/env/env.ts';
import { climbers } from './climbers.ts';

/** Fault: who is spawned counts as born in the world that has the number of its row. */
export const rowForWorld = defineEnv({
  ...climbers,
  id: 'RowForWorld-v0',
  spawn({ state: { rung, births } }, row) {
    const world = row % births.length;
    rung[row] = births[world]++ % 2;
  },
});
