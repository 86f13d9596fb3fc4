import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

/**
 * The tutorial's env: a corridor with a door somewhere on the right.
 *
 * Observation, Box(2): position and the door's position, in cells. Actions: 0 walks left (a wall stands at 0), 1
 * walks right. Reward: −0.01 a step, 1 on reaching the door, which terminates. Truncates at 100 steps. The door
 * is uniform in [3, length); `length` is a parameter of each world. Solved at a mean return of 0.9.
 */
export const corridor = defineEnv({
  id: 'Corridor-v0',
  module: import.meta.url,
  observation: box([0, 3], [100, 100], [2]),
  action: discrete(2),
  maxEpisodeSteps: 100,
  threshold: 0.9,
  params: { length: 9 },
  state: { x: 'f32', goal: 'f32' },
  reset({ state: { x, goal }, params: { length }, rng }, i) {
    x[i] = 0;
    goal[i] = rng.uniform(i, 3, length[i]);
  },
  step({ state: { x, goal }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      x[i] = Math.max(0, x[i] + (actions[i] === 1 ? 1 : -1));
      const arrived = x[i] >= goal[i];
      rewards[i] = arrived ? 1 : -0.01;
      terminations[i] = +arrived;
    }
  },
  observe({ state: { x, goal }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[2 * i] = x[i];
      observations[2 * i + 1] = goal[i];
    }
  },
});
