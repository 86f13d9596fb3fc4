import { defineEnv } from '../../../lib/env/env.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

const AGENTS = 3;
const TOP = 4;

/**
 * Three climb up a ladder of 4 rungs, without a fault: what the broken envs of several agents are made of. Choice c
 * climbs c rungs for a reward of c. Who reaches the top comes anew on rung 0 or 1, in turns.
 *
 * Shows an agent's own rung, that of the next agent, and how many have begun.
 */
export const climbers = defineEnv({
  id: 'Climbers-v0',
  observation: box(0, 1e6, [3]),
  action: discrete(3),
  agents: AGENTS,
  state: { rung: { type: 'i32', per: 'agent' }, births: 'i32' },
  reset({ state: { rung, births } }, world) {
    for (let agent = 0; agent < AGENTS; agent++) rung[world * AGENTS + agent] = agent % 2;
    births[world] = AGENTS;
  },
  spawn({ state: { rung, births } }, row) {
    rung[row] = births[Math.floor(row / AGENTS)]++ % 2;
  },
  step({ state: { rung }, actions, spawned, rewards, terminations }, from, to) {
    for (let row = from * AGENTS; row < to * AGENTS; row++) {
      const isIdle = spawned[row] || rung[row] + actions[row] > TOP;
      rewards[row] = isIdle ? 0 : actions[row];
      rung[row] += rewards[row];
      terminations[row] = +(rung[row] === TOP);
    }
  },
  observe({ state: { rung, births }, observations }, from, to) {
    for (let world = from; world < to; world++) {
      for (let agent = 0; agent < AGENTS; agent++) {
        const row = world * AGENTS + agent;
        const next = world * AGENTS + ((agent + 1) % AGENTS);
        observations.set([rung[row], rung[next], births[world]], 3 * row);
      }
    }
  },
  actionMask({ state: { rung }, actionMasks }, from, to) {
    for (let row = from * AGENTS; row < to * AGENTS; row++)
      for (let c = 0; c < 3; c++) actionMasks[3 * row + c] = +(rung[row] + c <= TOP);
  },
  scores: { rung: ({ state: { rung } }, row) => rung[row] },
});
