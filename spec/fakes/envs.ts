import { defineEnv } from '../../lib/env/env.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';

/** Episodes of random length whose rewards and observations come from the row's stream; some end, some are cut. */
export const wander = defineEnv({
  id: 'Wander-v0',
  observation: box(-1, 1, [3]),
  action: discrete(3),
  maxEpisodeSteps: 7,
  threshold: 0.5,
  state: { x: 'f64', y: 'f32', age: 'i32' },
  reset({ state: { x, y, age }, rng }, i) {
    x[i] = rng.uniform(i, -1, 1);
    y[i] = rng.uniform(i, -1, 1);
    age[i] = 0;
  },
  step({ state: { x, y, age }, actions, rewards, terminations, rng }, from, to) {
    for (let i = from; i < to; i++) {
      age[i]++;
      x[i] = Math.max(-1, Math.min(1, x[i] + 0.3 * (actions[i] - 1)));
      y[i] = rng.uniform(i, -1, 1);
      rewards[i] = x[i];
      terminations[i] = +(rng.integer(i, 0, 8) === 0);
    }
  },
  observe({ state: { x, y, age }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[3 * i] = x[i];
      observations[3 * i + 1] = y[i];
      observations[3 * i + 2] = age[i] / 8;
    }
  },
});

/** Pays `reward` a step; at `faultyStep` of an episode it goes wrong in the given way. */
export function faulty(
  fault: 'throws' | 'NaN observation' | 'NaN reward' | 'huge reward' | 'out of bounds',
  faultyStep: number,
) {
  return defineEnv({
    id: 'Faulty-v0',
    observation: box(0, 1000, [1]),
    action: discrete(2),
    state: { age: 'i32' },
    reset({ state: { age } }, i) {
      age[i] = 0;
    },
    step({ state: { age }, rewards, terminations }, from, to) {
      for (let i = from; i < to; i++) {
        age[i]++;
        const now = age[i] === faultyStep && i === 1;
        if (now && fault === 'throws') throw new Error('the simulation broke');
        rewards[i] = now && fault === 'NaN reward' ? Number.NaN : now && fault === 'huge reward' ? 3e38 : 1;
        terminations[i] = 0;
      }
    },
    observe({ state: { age }, observations }, from, to) {
      for (let i = from; i < to; i++) {
        const now = age[i] === faultyStep && i === 1;
        observations[i] =
          now && fault === 'NaN observation' ? Number.NaN : now && fault === 'out of bounds' ? -1 : age[i];
      }
    },
  });
}
