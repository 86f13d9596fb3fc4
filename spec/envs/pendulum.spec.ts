import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pendulum } from '../../envs/pendulum.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { between } from './between.ts';
import { play } from './play.ts';

function step(theta: number, thetaDot: number, torque: number, gravity = 10) {
  const envs = vectorize(pendulum, { numEnvs: 1, seed: 0, params: { gravity } });
  envs.state.theta[0] = theta;
  envs.state.thetaDot[0] = thetaDot;
  envs.actions[0] = torque;
  envs.advance();
  return { theta: envs.state.theta[0], thetaDot: envs.state.thetaDot[0], reward: envs.rewards[0] };
}

const within = (limit: number) => between(-limit, limit);
// Multiples of 1/64 are the same as float32.
const torques = fc.integer({ min: -200, max: 200 }).map((k) => k / 64);

describe('pendulum', () => {
  it('falls by its gravity and the torque, cut to [−2, 2], and turns as fast as 8 at most', () => {
    fc.assert(
      fc.property(within(7), within(8), torques, within(20), (theta, thetaDot, torque, gravity) => {
        const after = step(theta, thetaDot, torque, gravity);
        const cut = Math.max(-2, Math.min(2, torque));
        const faster = thetaDot + 0.05 * (1.5 * gravity * Math.sin(theta) + 3 * cut);
        assert.ok(Math.abs(after.thetaDot - Math.max(-8, Math.min(8, faster))) < 1e-12);
        assert.ok(Math.abs(after.theta - (theta + 0.05 * after.thetaDot)) < 1e-12);
      }),
    );
  });

  it('charges for the distance from upright, however often it has turned', () => {
    fc.assert(
      fc.property(
        within(3.1),
        fc.integer({ min: -5, max: 5 }),
        within(8),
        torques,
        (angle, turns, v, torque) => {
          const cut = Math.max(-2, Math.min(2, torque));
          const expected = -(angle ** 2 + 0.1 * v ** 2 + 0.001 * cut ** 2);
          const { reward } = step(angle + 2 * Math.PI * turns, v, torque);
          assert.ok(Math.abs(reward - expected) < 1e-6 * (1 - expected));
        },
      ),
    );
  });

  it('never terminates, truncates at 200 steps, and is held upright by no torque', () => {
    const { lengths, truncated } = play(pendulum, 20, (_, i) => (i % 5) - 2);
    assert.ok(lengths.every((length) => length === 200));
    assert.equal(truncated, 20);
    assert.deepEqual(step(0, 0, 0), { theta: 0, thetaDot: 0, reward: -0 });
  });

  it('starts anywhere, with a velocity in [−1, 1)', () => {
    const n = 20_000;
    const { theta, thetaDot } = vectorize(pendulum, { numEnvs: n, seed: 3 }).state;
    for (const [values, limit] of [
      [theta, Math.PI],
      [thetaDot, 1],
    ] as const) {
      const [mean, square] = [1, 2].map((k) => Float64Array.from(values).reduce((a, b) => a + b ** k / n, 0));
      assert.ok(Float64Array.from(values).every((value) => value >= -limit && value < limit));
      assert.ok(Math.abs(mean) < 5 * (limit / Math.sqrt(3 * n)));
      assert.ok(Math.abs(square - limit ** 2 / 3) < 5 * limit ** 2 * Math.sqrt(4 / 45 / n));
    }
  });
});
