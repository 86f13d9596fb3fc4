import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import { cos, sin } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';

const MAX_SPEED = 8;
const MAX_TORQUE = 2;
/** Seconds between steps. */
const TAU = 0.05;
const TURN = 2 * Math.PI;

/**
 * A rod of 1 kg and 1 m hangs from a motor that is too weak to lift it, and is to be swung up and held upright.
 * Gymnasium's Pendulum-v1.
 *
 * Observation, Box(3), float32: cosine and sine of the angle (0 is upright), angular velocity in [−8, 8] rad/s. The
 * state is float64, and its angle is not wrapped. Action, Box(1) in [−2, 2]: the torque (N m), cut to that range.
 * Euler steps of 0.05 s, velocity first. Reward: −(angle² + 0.1 · velocity² + 0.001 · torque²) of the state before
 * the step, the angle wrapped to [−π, π) and the torque cut. Never terminates; truncates at 200 steps. Starts with the
 * angle uniform in [−π, π) and the velocity in [−1, 1). `gravity` is in m/s². Gymnasium names no threshold.
 *
 * @see https://gymnasium.farama.org/environments/classic_control/pendulum; reference data: spec/golden/env
 */
export const pendulum = defineEnv({
  id: 'Pendulum-v1',
  module: import.meta.url,
  observation: box([-1, -1, -MAX_SPEED], [1, 1, MAX_SPEED], [3]),
  action: box(-MAX_TORQUE, MAX_TORQUE, [1]),
  maxEpisodeSteps: 200,
  params: { gravity: 10 },
  // Sine and cosine are exact up to there.
  state: { theta: { type: 'f64', low: -1e5, high: 1e5 }, thetaDot: 'f64' },
  reset({ state: { theta, thetaDot }, rng }, i) {
    theta[i] = rng.uniform(i, -Math.PI, Math.PI);
    thetaDot[i] = rng.uniform(i, -1, 1);
  },
  step({ state: { theta, thetaDot }, params: { gravity }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const torque = Math.max(-MAX_TORQUE, Math.min(MAX_TORQUE, actions[i]));
      const angle = theta[i];
      const velocity = thetaDot[i];
      const wrapped = angle - TURN * Math.floor((angle + Math.PI) / TURN);
      rewards[i] = -(wrapped * wrapped + 0.1 * (velocity * velocity) + 0.001 * (torque * torque));
      const faster = velocity + (1.5 * gravity[i] * sin(angle) + 3 * torque) * TAU;
      const nextVelocity = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, faster));
      theta[i] = angle + nextVelocity * TAU;
      thetaDot[i] = nextVelocity;
      terminations[i] = 0;
    }
  },
  observe({ state: { theta, thetaDot }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[3 * i] = cos(theta[i]);
      observations[3 * i + 1] = sin(theta[i]);
      observations[3 * i + 2] = thetaDot[i];
    }
  },
  render: {
    width: 64,
    height: 64,
    draw({ state: { theta } }, i, frame) {
      const canvas = new Canvas(64, 64, frame);
      canvas.fill(0xffffff);
      canvas.line(32, 32, 32 + 25 * sin(theta[i]), 32 - 25 * cos(theta[i]), 7, 0xc94b4b);
      canvas.disc(32, 32, 2, 0x222222);
    },
  },
});
