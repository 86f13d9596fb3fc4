import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mountainCar } from '../../envs/mountainCar.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { between } from './between.ts';
import { play } from './play.ts';

// Half of them where the left end is a step away.
const positions = fc.oneof(between(-1.2, 0.6), between(-1.2, -1.15));
const velocities = between(-0.07, 0.07);

function step(x: number, speed: number, action: number, goalVelocity = 0) {
  const envs = vectorize(mountainCar, { numEnvs: 1, seed: 0, params: { goalVelocity } });
  envs.state.x[0] = x;
  envs.state.speed[0] = speed;
  envs.actions[0] = action;
  envs.advance();
  return { x: envs.state.x[0], speed: envs.state.speed[0], ended: envs.terminations[0] === 1 };
}

describe('mountainCar', () => {
  it('moves by the slope and the pedal, as fast as 0.07 at most, and stops at the left end', () => {
    fc.assert(
      fc.property(positions, velocities, fc.nat(2), (x, speed, action) => {
        const after = step(x, speed, action);
        const pull = speed + 0.001 * (action - 1) - 0.0025 * Math.cos(3 * x);
        const velocity = Math.max(-0.07, Math.min(0.07, pull));
        assert.ok(Math.abs(after.x - Math.max(-1.2, Math.min(0.6, x + velocity))) < 1e-12);
        const stopped = x + velocity <= -1.2;
        assert.ok(Math.abs(after.speed - (stopped ? 0 : velocity)) < 1e-12);
      }),
    );
  });

  it('ends at the flag, for who is fast enough', () => {
    fc.assert(
      fc.property(between(0.4, 0.6), velocities, velocities, (x, speed, least) => {
        const after = step(x, speed, 1, least);
        assert.equal(after.ended, after.x >= 0.5 && after.speed >= least);
      }),
    );
  });

  it('starts at rest, uniform in [−0.6, −0.4)', () => {
    const n = 20_000;
    const { state } = vectorize(mountainCar, { numEnvs: n, seed: 3 });
    const x = Float64Array.from(state.x);
    assert.ok(x.every((value) => value >= -0.6 && value < -0.4));
    assert.ok(Math.abs(x.reduce((a, b) => a + b) / n + 0.5) < 5 * (0.2 / Math.sqrt(12 * n)));
    assert.ok(Float64Array.from(state.speed).every((value) => value === 0));
  });

  it('is climbed by swinging, not by driving straight', () => {
    const straight = play(mountainCar, 50, () => 2);
    assert.deepEqual([straight.truncated, straight.meanReturn], [50, -200]);
    const swinging = play(mountainCar, 50, ({ state }, i) => (state.speed[i] < 0 ? 0 : 2));
    assert.equal(swinging.truncated, 0);
    assert.deepEqual(
      [...swinging.returns],
      Array.from(swinging.lengths, (length) => -length),
    );
  });
});
