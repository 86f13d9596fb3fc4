/**
 * An env of one's own, the fast way: columns of state over all worlds. Train it with
 * `npx pufferflow train ./examples/thermostat.ts`, check it with `npx pufferflow check ./examples/thermostat.ts`.
 */

import { box, defineEnv, discrete } from 'pufferflow';

/**
 * A room is kept warm while the weather changes.
 *
 * Observation, Box(2): the room's temperature and the weather's, in degrees from the wanted one. Actions: 0 heating
 * off, 1 on. Reward: 1 within a degree of the wanted temperature, else 0. Truncates at 100 steps.
 */
export default defineEnv({
  id: 'Thermostat-v0',
  observation: box(-30, 30, [2]),
  action: discrete(2),
  maxEpisodeSteps: 100,
  threshold: 90,
  params: { heating: 2 },
  state: { room: 'f64', weather: 'f64' },
  reset({ state: { room, weather }, rng }, i) {
    weather[i] = rng.uniform(i, -15, -5);
    room[i] = rng.uniform(i, -3, 3);
  },
  step({ state: { room, weather }, params: { heating }, rng, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      weather[i] = Math.min(-5, Math.max(-15, weather[i] + rng.uniform(i, -0.5, 0.5)));
      room[i] += 0.1 * (weather[i] - room[i]) + (actions[i] === 1 ? heating[i] : 0);
      rewards[i] = +(Math.abs(room[i]) <= 1);
      terminations[i] = 0;
    }
  },
  observe({ state: { room, weather }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[2 * i] = room[i];
      observations[2 * i + 1] = weather[i];
    }
  },
});
