import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { cartPole } from './cartPole.ts';

/**
 * CartPole-v1 with its velocities hidden: what a policy has to remember to balance the pole.
 *
 * Observation, Box(2): cart position (m) and pole angle (rad). All else is CartPole's: a step pays 1 until the pole falls
 * or the cart leaves, 500 steps at most; solved at a mean return of 475, which is beyond policies without memory.
 */
export const maskedCartPole = defineEnv({
  id: 'MaskedCartPole-v1',
  module: import.meta.url,
  observation: box(
    [cartPole.observation.low[0], cartPole.observation.low[2]],
    [cartPole.observation.high[0], cartPole.observation.high[2]],
    [2],
  ),
  action: cartPole.action,
  maxEpisodeSteps: cartPole.maxEpisodeSteps,
  threshold: cartPole.threshold,
  state: cartPole.state,
  reset: (context, i) => cartPole.reset(context, i),
  step: (context, from, to) => cartPole.step(context, from, to),
  observe({ state: { x, theta }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[2 * i] = x[i];
      observations[2 * i + 1] = theta[i];
    }
  },
  render: cartPole.render,
});
