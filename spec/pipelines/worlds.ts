import { pendulum } from '../../envs/pendulum.ts';
import { defineEnv } from '../../lib/env/env.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';

/** A picture with one bright pixel, which is to be named; some episodes end, some are cut. */
export const spot = defineEnv({
  id: 'Spot-v0',
  module: import.meta.url,
  observation: box(0, 255, [8, 8, 1], 'u8'),
  action: discrete(4),
  maxEpisodeSteps: 5,
  state: { place: { type: 'i32', low: 0, high: 63 } },
  reset({ state: { place }, rng }, i) {
    place[i] = rng.integer(i, 0, 64);
  },
  step({ state: { place }, actions, rewards, terminations, rng }, from, to) {
    for (let i = from; i < to; i++) {
      rewards[i] = +(actions[i] === place[i] >>> 4);
      place[i] = rng.integer(i, 0, 64);
      terminations[i] = +(rng.integer(i, 0, 6) === 0);
    }
  },
  observe({ state: { place }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations.fill(0, 64 * i, 64 * (i + 1));
      observations[64 * i + place[i]] = 255;
    }
  },
});

/** Pendulum with episodes that are over soon. */
export const swing = defineEnv({ ...pendulum, id: 'Swing-v0', module: import.meta.url, maxEpisodeSteps: 6 });
