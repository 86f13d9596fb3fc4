import { defineEnv } from '../lib/env/env.ts';
import { cos } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';
import { drawValley, VALLEY } from './valley.ts';

const FORCE = 0.001;
const GRAVITY = 0.0025;
const LEFT = -1.2;
const RIGHT = 0.6;
const GOAL = 0.5;
const MAX_SPEED = 0.07;

/**
 * A car in a valley is too weak to drive straight up to the flag on the right, and must swing (Moore 1990).
 * Gymnasium's MountainCar-v0.
 *
 * Observation, Box(2), float32 of the float64 state: position in [−1.2, 0.6], velocity in [−0.07, 0.07]; the valley's
 * height is sin(3 · position). Actions: 0 accelerates to the left, 1 not at all, 2 to the right. A car that hits the
 * left end stops. Reward: −1 each step. Terminates when the position is at least 0.5 with a velocity of at least
 * `goalVelocity`; truncates at 200 steps. Starts at rest, uniform in [−0.6, −0.4). Solved at a mean return of −110.
 *
 * @see https://gymnasium.farama.org/environments/classic_control/mountain_car; reference data: spec/golden/env
 */
export const mountainCar = defineEnv({
  id: 'MountainCar-v0',
  module: import.meta.url,
  observation: box([LEFT, -MAX_SPEED], [RIGHT, MAX_SPEED], [2]),
  action: discrete(3),
  maxEpisodeSteps: 200,
  threshold: -110,
  params: { goalVelocity: 0 },
  state: { x: 'f64', speed: 'f64' },
  reset({ state: { x, speed }, rng }, i) {
    x[i] = rng.uniform(i, -0.6, -0.4);
    speed[i] = 0;
  },
  step({ state: { x, speed }, params: { goalVelocity }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const pull = speed[i] + (actions[i] - 1) * FORCE - GRAVITY * cos(3 * x[i]);
      const velocity = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, pull));
      const position = Math.max(LEFT, Math.min(RIGHT, x[i] + velocity));
      x[i] = position;
      speed[i] = position === LEFT && velocity < 0 ? 0 : velocity;
      rewards[i] = -1;
      terminations[i] = +(position >= GOAL && velocity >= goalVelocity[i]);
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
