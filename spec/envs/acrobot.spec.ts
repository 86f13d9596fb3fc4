import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acrobot } from '../../envs/acrobot.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { between } from './between.ts';

const names = ['theta1', 'theta2', 'speed1', 'speed2'];
type State = [theta1: number, theta2: number, speed1: number, speed2: number];

function step(state: State, action: number) {
  const envs = vectorize(acrobot, { numEnvs: 1, seed: 0 });
  for (const [k, name] of names.entries()) envs.state[name][0] = state[k];
  envs.actions[0] = action;
  envs.advance();
  const after = names.map((name) => envs.state[name][0]) as State;
  return { after, reward: envs.rewards[0], ended: envs.terminations[0] === 1 };
}

const within = (limit: number) => between(-limit, limit);
const states = fc.tuple(within(3), within(3), within(4), within(4));

/** Of both links, in joules. */
function energy([theta1, theta2, speed1, speed2]: State): number {
  const both = theta1 + theta2;
  const kinetic =
    0.5 * (3.5 + Math.cos(theta2)) * speed1 ** 2 +
    (1.25 + 0.5 * Math.cos(theta2)) * speed1 * speed2 +
    0.5 * 1.25 * speed2 ** 2;
  return kinetic - 9.8 * (1.5 * Math.cos(theta1) + 0.5 * Math.cos(both));
}

describe('acrobot', () => {
  it('keeps its energy where no torque is applied, to fourth order', () => {
    const slow = fc.tuple(within(3), within(3), within(2), within(2));
    fc.assert(
      fc.property(slow, (state) => {
        // Potential energy alone ranges over 39 J.
        assert.ok(Math.abs(energy(step(state, 1).after) - energy(state)) < 0.05);
      }),
    );
  });

  it('is its own mirror image', () => {
    fc.assert(
      fc.property(states, fc.nat(2), (state, action) => {
        const mirrored = step(state.map((value) => -value) as State, 2 - action);
        const { after, ended } = step(state, action);
        for (const [k, value] of after.entries()) assert.ok(Math.abs(mirrored.after[k] + value) < 1e-9);
        assert.equal(mirrored.ended, ended);
      }),
    );
  });

  it('ends when its free end is a link above the hinge, with a reward of 0 instead of −1', () => {
    fc.assert(
      fc.property(fc.tuple(between(1, 3.1), within(1.5), within(2), within(2)), (state) => {
        const { after, reward, ended } = step(state, 1);
        const height = -Math.cos(after[0]) - Math.cos(after[0] + after[1]);
        fc.pre(Math.abs(height - 1) > 1e-9);
        assert.equal(ended, height > 1);
        assert.equal(reward, ended ? 0 : -1);
      }),
    );
  });

  it('hangs still at rest, and starts near it', () => {
    assert.deepEqual(
      step([0, 0, 0, 0], 1).after.map((value) => value + 0),
      [0, 0, 0, 0],
    );
    const { state } = vectorize(acrobot, { numEnvs: 5000, seed: 2 });
    for (const name of names) {
      const values = Float64Array.from(state[name]);
      assert.ok(values.every((value) => value >= -0.1 && value < 0.1));
      const mean = values.reduce((a, b) => a + b) / values.length;
      assert.ok(Math.abs(mean) < 5 * (0.2 / Math.sqrt(12 * values.length)), name);
    }
  });
});
