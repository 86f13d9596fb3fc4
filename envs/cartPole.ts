import { Canvas } from '../lib/canvas.ts';
import { defineEnv, type EnvContext } from '../lib/env/env.ts';
import { envKernels } from '../lib/env/kernelModule.ts';
import { cos, sin } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = 1.1;
/** Half the pole's length, in metres. */
const LENGTH = 0.5;
const POLE_MASS_LENGTH = POLE_MASS * LENGTH;
// Gymnasium divides by the total mass at every step; these quotients are taken once, which is faster and changes the
// last bit at most.
const PER_TOTAL_MASS = 1 / TOTAL_MASS;
const INERTIA = (LENGTH * 4) / 3;
const COUPLING = POLE_MASS_LENGTH / TOTAL_MASS;
/** Newtons. */
const FORCE = 10;
/** Seconds between steps. */
const TAU = 0.02;
const X_LIMIT = 2.4;
const THETA_LIMIT = (12 * 2 * Math.PI) / 360;

/**
 * A pole is hinged on a cart, which is pushed left or right at every step, and must not fall (Barto, Sutton and
 * Anderson 1983). Gymnasium's CartPole-v1.
 *
 * Observation, Box(4), float32 of the float64 state: cart position (m), cart velocity (m/s), pole angle (rad), pole
 * angular velocity (rad/s). Actions: 0 pushes left, 1 right, with 10 N. Explicit Euler steps of 0.02 s. Reward: 1
 * each step, the last one included. Terminates when |position| > 2.4 or |angle| > 12°; truncates at 500 steps.
 * Starts with all four uniform in [−0.05, 0.05). Solved at a mean return of 475.
 *
 * @see https://gymnasium.farama.org/environments/classic_control/cart_pole; reference data: spec/golden/env
 */
export const cartPole = defineEnv({
  id: 'CartPole-v1',
  module: import.meta.url,
  observation: box(
    [-2 * X_LIMIT, Number.NEGATIVE_INFINITY, -2 * THETA_LIMIT, Number.NEGATIVE_INFINITY],
    [2 * X_LIMIT, Number.POSITIVE_INFINITY, 2 * THETA_LIMIT, Number.POSITIVE_INFINITY],
    [4],
  ),
  action: discrete(2),
  maxEpisodeSteps: 500,
  threshold: 475,
  // Wider than what can be reached, and narrow enough that one step from there stays in the observation space.
  state: {
    x: { type: 'f64', low: -3.6, high: 3.6 },
    xDot: { type: 'f64', low: -50, high: 50 },
    theta: { type: 'f64', low: -0.31, high: 0.31 },
    thetaDot: { type: 'f64', low: -5, high: 5 },
  },
  reset({ state: { x, xDot, theta, thetaDot }, rng }, i) {
    x[i] = rng.uniform(i, -0.05, 0.05);
    xDot[i] = rng.uniform(i, -0.05, 0.05);
    theta[i] = rng.uniform(i, -0.05, 0.05);
    thetaDot[i] = rng.uniform(i, -0.05, 0.05);
  },
  step({ state: { x, xDot, theta, thetaDot }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const angle = theta[i];
      const angularVelocity = thetaDot[i];
      const velocity = xDot[i];
      // Without a branch, which random actions would mispredict half of the time.
      const force = 2 * FORCE * actions[i] - FORCE;
      const cosine = cos(angle);
      const sine = sin(angle);
      const push = (force + POLE_MASS_LENGTH * (angularVelocity * angularVelocity) * sine) * PER_TOTAL_MASS;
      const angularAcceleration = (GRAVITY * sine - cosine * push) / (INERTIA - COUPLING * (cosine * cosine));
      const acceleration = push - COUPLING * (angularAcceleration * cosine);
      const position = x[i] + TAU * velocity;
      const nextAngle = angle + TAU * angularVelocity;
      x[i] = position;
      xDot[i] = velocity + TAU * acceleration;
      theta[i] = nextAngle;
      thetaDot[i] = angularVelocity + TAU * angularAcceleration;
      rewards[i] = 1;
      terminations[i] = +(Math.abs(position) > X_LIMIT || Math.abs(nextAngle) > THETA_LIMIT);
    }
  },
  observe({ state: { x, xDot, theta, thetaDot }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[4 * i] = x[i];
      observations[4 * i + 1] = xDot[i];
      observations[4 * i + 2] = theta[i];
      observations[4 * i + 3] = thetaDot[i];
    }
  },
  kernel(memory) {
    const { cartPoleStep, cartPoleObserve, cartPoleReset } = envKernels(memory);
    // Pointers of what all contexts of a vector share: V8 takes as long to tell one as to call a kernel.
    let state: object | undefined;
    let x = 0;
    let xDot = 0;
    let theta = 0;
    let thetaDot = 0;
    let draws = 0;
    let streams = 0;
    const bind = (context: Pick<EnvContext, 'state' | 'rng'>) => {
      if (context.state === state) return;
      state = context.state;
      x = context.state.x.byteOffset;
      xDot = context.state.xDot.byteOffset;
      theta = context.state.theta.byteOffset;
      thetaDot = context.state.thetaDot.byteOffset;
      draws = context.rng.draws.byteOffset;
      streams = context.rng.streams.byteOffset;
    };
    return {
      step: (context, from, to) => {
        bind(context);
        const actions = context.actions.byteOffset;
        const rewards = context.rewards.byteOffset;
        const terminations = context.terminations.byteOffset;
        const stepped = cartPoleStep(x, xDot, theta, thetaDot, actions, rewards, terminations, from, to);
        if (!stepped) this.step(context, from, to);
      },
      observe(context, from, to) {
        bind(context);
        cartPoleObserve(x, xDot, theta, thetaDot, context.observations.byteOffset, from, to);
      },
      reset(context, first, list, count) {
        bind(context);
        const { purpose, key } = context.rng;
        const worlds = list.byteOffset;
        cartPoleReset(
          x,
          xDot,
          theta,
          thetaDot,
          draws,
          streams,
          purpose,
          key[0],
          key[1],
          first,
          worlds,
          count,
        );
      },
    };
  },
  render: {
    width: 96,
    height: 64,
    draw({ state: { x, theta } }, i, frame) {
      const canvas = new Canvas(96, 64, frame);
      // 19 pixels to the metre; the pole is drawn at twice its length.
      const [hinge, top] = [48 + 19 * x[i], 42];
      canvas.fill(0xffffff);
      canvas.rectangle(0, 50, 96, 1, 0x888888);
      for (const limit of [-X_LIMIT, X_LIMIT]) canvas.rectangle(47.5 + 19 * limit, 47, 1, 7, 0xd94032);
      canvas.rectangle(hinge - 8, top, 16, 7, 0x2f4b8f);
      for (const side of [-4.5, 4.5]) canvas.disc(hinge + side, 49, 2, 0x222222);
      canvas.line(hinge, top, hinge + 36 * sin(theta[i]), top - 36 * cos(theta[i]), 3, 0xc98b4e);
      canvas.disc(hinge, top, 1.5, 0x7a5cc0);
    },
  },
});
