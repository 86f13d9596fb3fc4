import { defineEnv } from '../lib/env/env.ts';
import { cos } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';
import { drawValley, VALLEY } from './valley.ts';

const POWER = 0.0015;
const GRAVITY = 0.0025;
const LEFT = -1.2;
const RIGHT = 0.6;
const GOAL = 0.45;
const MAX_SPEED = 0.07;

/**
 * MountainCar with a throttle, whose use costs (Moore 1990). Gymnasium's MountainCarContinuous-v0.
 *
 * Observation, Box(2): position in [−1.2, 0.6], velocity in [−0.07, 0.07]; Gymnasium keeps them as float32 from step
 * to step, and so does this. Action, Box(1) in [−1, 1]: the throttle, cut to that range. A car that hits the left end
 * stops. Reward: −0.1 · throttle² of the throttle as it was given, uncut, and 100 for the goal. Terminates when the
 * position is at least 0.45 with a velocity of at least `goalVelocity`; truncates at 999 steps. Starts at rest,
 * uniform in [−0.6, −0.4). Solved at a mean return of 90.
 *
 * @see https://gymnasium.farama.org/environments/classic_control/mountain_car_continuous; reference data: spec/golden/env
 */
export const mountainCarContinuous = defineEnv({
  id: 'MountainCarContinuous-v0',
  module: import.meta.url,
  observation: box([LEFT, -MAX_SPEED], [RIGHT, MAX_SPEED], [2]),
  action: box(-1, 1, [1]),
  maxEpisodeSteps: 999,
  threshold: 90,
  params: { goalVelocity: 0 },
  state: { x: 'f32', speed: 'f32' },
  reset({ state: { x, speed }, rng }, i) {
    x[i] = rng.uniform(i, -0.6, -0.4);
    speed[i] = 0;
  },
  step({ state: { x, speed }, params: { goalVelocity }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const throttle = actions[i];
      const force = Math.max(-1, Math.min(1, throttle));
      const pull = speed[i] + POWER * force - GRAVITY * cos(3 * x[i]);
      const velocity = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, pull));
      const position = Math.max(LEFT, Math.min(RIGHT, x[i] + velocity));
      const arrived = position >= GOAL && velocity >= goalVelocity[i];
      x[i] = position;
      speed[i] = position === LEFT && velocity < 0 ? 0 : velocity;
      rewards[i] = (arrived ? 100 : 0) - 0.1 * throttle * throttle;
      terminations[i] = +arrived;
    }
  },
  observe({ state: { x, speed }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[2 * i] = x[i];
      observations[2 * i + 1] = speed[i];
    }
  },
  render: { ...VALLEY, draw: ({ state: { x } }, i, frame) => drawValley(x[i], GOAL, frame) },
});
