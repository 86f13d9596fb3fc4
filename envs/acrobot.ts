import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import { cos, sin } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const GRAVITY = 9.8;
/** Seconds between steps. */
const TAU = 0.2;
const TURN = 2 * Math.PI;
const MAX_SPEED_1 = 4 * Math.PI;
const MAX_SPEED_2 = 9 * Math.PI;

/** A little more than π, to which `wrap` may round up. */
const angle = { type: 'f64', low: -3.15, high: 3.15 } as const;

/** Angular accelerations of both links, as `accelerate` has found them last. */
const acceleration = new Float64Array(2);

/**
 * The equations of motion in Sutton and Barto's book, with links of 1 kg and 1 m, their centres of mass at 0.5 m and
 * moments of inertia of 1: m = l = I = 1, lc = 0.5.
 */
function accelerate(theta1: number, theta2: number, speed1: number, speed2: number, torque: number): void {
  const sine = sin(theta2);
  const cosine = cos(theta2);
  const d1 = 3.5 + cosine;
  const d2 = 1.25 + 0.5 * cosine;
  const phi2 = 0.5 * GRAVITY * sin(theta1 + theta2);
  const phi1 = 1.5 * GRAVITY * sin(theta1) + phi2 - (0.5 * speed2 * speed2 + speed2 * speed1) * sine;
  const second = (torque + (d2 / d1) * phi1 - 0.5 * speed1 * speed1 * sine - phi2) / (1.25 - (d2 * d2) / d1);
  acceleration[0] = -(d2 * second + phi1) / d1;
  acceleration[1] = second;
}

/** The angle in [−π, π] that differs by whole turns. */
function wrap(angle: number): number {
  return angle - TURN * Math.round(angle / TURN);
}

/**
 * Two links hang from a hinge, with a motor at the joint between them, and are to be swung until their free end is one
 * link's length above the hinge (Sutton 1996). Gymnasium's Acrobot-v1.
 *
 * Observation, Box(6), float32 of the float64 state: cosine and sine of the first link's angle (0 hangs down), then of
 * the second's against the first, then the angular velocities in [−4π, 4π] and [−9π, 9π] rad/s. Actions: 0, 1, 2 apply
 * a torque of −1, 0, 1 N m to the joint. One Runge-Kutta step of fourth order over 0.2 s; then angles are wrapped to
 * [−π, π] and velocities cut. Reward: −1 each step, 0 for the last one. Terminates when
 * −cos θ₁ − cos(θ₁ + θ₂) > 1; truncates at 500 steps. Starts with all four uniform in [−0.1, 0.1). Solved at a mean
 * return of −100.
 *
 * @see https://gymnasium.farama.org/environments/classic_control/acrobot; reference data: spec/golden/env
 */
export const acrobot = defineEnv({
  id: 'Acrobot-v1',
  module: import.meta.url,
  observation: box([-1, -1, -1, -1, -MAX_SPEED_1, -MAX_SPEED_2], [1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2], [6]),
  action: discrete(3),
  maxEpisodeSteps: 500,
  threshold: -100,
  state: { theta1: angle, theta2: angle, speed1: 'f64', speed2: 'f64' },
  reset({ state: { theta1, theta2, speed1, speed2 }, rng }, i) {
    theta1[i] = rng.uniform(i, -0.1, 0.1);
    theta2[i] = rng.uniform(i, -0.1, 0.1);
    speed1[i] = rng.uniform(i, -0.1, 0.1);
    speed2[i] = rng.uniform(i, -0.1, 0.1);
  },
  step({ state: { theta1, theta2, speed1, speed2 }, actions, rewards, terminations }, from, to) {
    const half = TAU / 2;
    for (let i = from; i < to; i++) {
      const torque = actions[i] - 1;
      const p = theta1[i];
      const q = theta2[i];
      const v = speed1[i];
      const w = speed2[i];
      accelerate(p, q, v, w, torque);
      const a1 = acceleration[0];
      const b1 = acceleration[1];
      const v2 = v + half * a1;
      const w2 = w + half * b1;
      accelerate(p + half * v, q + half * w, v2, w2, torque);
      const a2 = acceleration[0];
      const b2 = acceleration[1];
      const v3 = v + half * a2;
      const w3 = w + half * b2;
      accelerate(p + half * v2, q + half * w2, v3, w3, torque);
      const a3 = acceleration[0];
      const b3 = acceleration[1];
      const v4 = v + TAU * a3;
      const w4 = w + TAU * b3;
      accelerate(p + TAU * v3, q + TAU * w3, v4, w4, torque);
      const velocity1 = v + (TAU / 6) * (a1 + 2 * a2 + 2 * a3 + acceleration[0]);
      const velocity2 = w + (TAU / 6) * (b1 + 2 * b2 + 2 * b3 + acceleration[1]);
      const first = wrap(p + (TAU / 6) * (v + 2 * v2 + 2 * v3 + v4));
      const second = wrap(q + (TAU / 6) * (w + 2 * w2 + 2 * w3 + w4));
      theta1[i] = first;
      theta2[i] = second;
      speed1[i] = Math.max(-MAX_SPEED_1, Math.min(MAX_SPEED_1, velocity1));
      speed2[i] = Math.max(-MAX_SPEED_2, Math.min(MAX_SPEED_2, velocity2));
      const up = -cos(first) - cos(first + second) > 1;
      rewards[i] = up ? 0 : -1;
      terminations[i] = +up;
    }
  },
  observe({ state: { theta1, theta2, speed1, speed2 }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[6 * i] = cos(theta1[i]);
      observations[6 * i + 1] = sin(theta1[i]);
      observations[6 * i + 2] = cos(theta2[i]);
      observations[6 * i + 3] = sin(theta2[i]);
      observations[6 * i + 4] = speed1[i];
      observations[6 * i + 5] = speed2[i];
    }
  },
  render: {
    width: 64,
    height: 64,
    draw({ state: { theta1, theta2 } }, i, frame) {
      const canvas = new Canvas(64, 64, frame);
      // 14 pixels to the metre; the line is where the free end is to be.
      const [x, y] = [32 + 14 * sin(theta1[i]), 32 + 14 * cos(theta1[i])];
      const second = theta1[i] + theta2[i];
      canvas.fill(0xffffff);
      canvas.rectangle(0, 17, 64, 1, 0xd94032);
      canvas.line(32, 32, x, y, 4, 0x2f8f8f);
      canvas.line(x, y, x + 14 * sin(second), y + 14 * cos(second), 4, 0x2f8f8f);
      for (const [jointX, jointY] of [
        [32, 32],
        [x, y],
      ])
        canvas.disc(jointX, jointY, 2, 0xd8b93c);
    },
  },
});
