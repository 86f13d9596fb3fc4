import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mountainCarContinuous } from '../../envs/mountainCarContinuous.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { between } from './between.ts';
import { play } from './play.ts';

function step(x: number, speed: number, throttle: number, goalVelocity = 0) {
  const envs = vectorize(mountainCarContinuous, { numEnvs: 1, seed: 0, params: { goalVelocity } });
  envs.state.x[0] = x;
  envs.state.speed[0] = speed;
  envs.actions[0] = throttle;
  envs.advance();
  return {
    state: [envs.state.x[0], envs.state.speed[0]],
    reward: envs.rewards[0],
    ended: envs.terminations[0] === 1,
  };
}

describe('mountainCarContinuous', () => {
  const float = (low: number, high: number) => between(low, high).map(Math.fround);

  it('cuts the throttle to [−1, 1], but charges for all of it', () => {
    fc.assert(
      fc.property(float(-1.2, 0.3), float(-0.07, 0.07), float(-3, 3), (x, speed, throttle) => {
        const { state, reward } = step(x, speed, throttle);
        assert.deepEqual(state, step(x, speed, Math.max(-1, Math.min(1, throttle))).state);
        assert.ok(Math.abs(reward + 0.1 * throttle ** 2) < 1e-6);
      }),
    );
  });

  it('stops at the left end', () => {
    fc.assert(
      fc.property(float(-1.2, -1.15), float(-0.07, -0.06), float(-1, 1), (x, speed, throttle) => {
        assert.deepEqual(step(x, speed, throttle).state, [Math.fround(-1.2), 0]);
      }),
    );
  });

  it('pays 100 at the goal, to who is fast enough, and ends there', () => {
    fc.assert(
      fc.property(float(0.4, 0.6), float(-0.07, 0.07), float(-0.07, 0.07), (x, speed, least) => {
        const { state, reward, ended } = step(x, speed, 0, least);
        // Where neither is within rounding of its limit.
        fc.pre(Math.abs(state[0] - 0.45) > 1e-6 && Math.abs(state[1] - least) > 1e-6);
        assert.equal(ended, state[0] > 0.45 && state[1] > least);
        assert.equal(reward, ended ? 100 : 0);
      }),
    );
  });

  it('is solved by swinging at half throttle, not by driving straight', () => {
    const swinging = play(mountainCarContinuous, 50, ({ state }, i) => (state.speed[i] < 0 ? -0.5 : 0.5));
    assert.ok(swinging.meanReturn > mountainCarContinuous.threshold!);
    assert.equal(play(mountainCarContinuous, 5, () => 1).truncated, 5);
  });
});
