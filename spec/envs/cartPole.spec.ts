import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole } from '../../envs/cartPole.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';

const names = ['x', 'xDot', 'theta', 'thetaDot'] as const;
type State = [number, number, number, number];

const open = (numEnvs = 1, seed = 0, autoreset?: Autoreset) => {
  const envs = vectorize(cartPole, { numEnvs, seed, autoreset });
  return {
    envs,
    set: (state: State, i = 0) => names.forEach((name, k) => void envs.state[name].set([state[k]], i)),
    get: (i = 0) => names.map((name) => envs.state[name][i]) as State,
  };
};

/** Florian's equations without friction (2007), in the order of Gymnasium's Euler step. */
function step([x, xDot, theta, thetaDot]: State, action: number): State {
  const force = action === 1 ? 10 : -10;
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const temp = (force + 0.05 * thetaDot ** 2 * sin) / 1.1;
  const thetaAcc = (9.8 * sin - cos * temp) / (0.5 * (4 / 3 - (0.1 * cos ** 2) / 1.1));
  const xAcc = temp - (0.05 * thetaAcc * cos) / 1.1;
  return [x + 0.02 * xDot, xDot + 0.02 * xAcc, theta + 0.02 * thetaDot, thetaDot + 0.02 * thetaAcc];
}

const within = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
const states = fc.tuple(within(2.3), within(3), within(0.2), within(3));

describe('cartPole', () => {
  it('is Gymnasium’s CartPole-v1 by name, spaces, limit and threshold', () => {
    const { id, observation, action, maxEpisodeSteps, threshold } = cartPole;
    assert.deepEqual([id, action.n, maxEpisodeSteps, threshold], ['CartPole-v1', 2, 500, 475]);
    const degrees24 = (24 / 180) * Math.PI;
    assert.deepEqual(observation.shape, [4]);
    for (const [k, limit] of [4.8, Number.POSITIVE_INFINITY, degrees24, Number.POSITIVE_INFINITY].entries()) {
      assert.equal(Math.fround(observation.high[k]), Math.fround(limit));
      assert.equal(observation.low[k], -observation.high[k]);
    }
  });

  it('moves by the equations, and shows its state as float32', () => {
    fc.assert(
      fc.property(states, fc.nat(1), (state, action) => {
        const { envs, set, get } = open();
        set(state);
        envs.actions[0] = action;
        envs.advance();
        const expected = step(state, action);
        for (const [k, value] of get().entries()) assert.ok(Math.abs(value - expected[k]) < 1e-12, names[k]);
        assert.deepEqual([...envs.observations], get().map(Math.fround));
        assert.equal(envs.rewards[0], 1);
      }),
    );
  });

  it('is its own mirror image', () => {
    fc.assert(
      fc.property(states, fc.nat(1), (state, action) => {
        const { envs, set, get } = open(2);
        set(state, 0);
        set(state.map((value) => -value) as State, 1);
        envs.actions.set([action, 1 - action]);
        envs.advance();
        // 0 − v rather than −v, so that 0 stays 0.
        assert.deepEqual(
          get(1).map((value) => value + 0),
          get(0).map((value) => 0 - value),
        );
        assert.equal(envs.terminations[0], envs.terminations[1]);
      }),
    );
  });

  it('ends beyond 2.4 and beyond 12°, with a reward for the last step', () => {
    const ends = (state: State) => {
      const { envs, set } = open();
      set(state);
      envs.advance();
      assert.equal(envs.rewards[0], 1);
      assert.equal(envs.truncations[0], 0);
      return envs.terminations[0] === 1;
    };
    const limit = (12 / 180) * Math.PI;
    for (const sign of [1, -1]) {
      assert.equal(ends([sign * 2.4, 0, 0, 0]), false);
      assert.equal(ends([sign * (2.4 + 1e-9), 0, 0, 0]), true);
      assert.equal(ends([sign * 2.39, sign, 0, 0]), true, 'by where the step leads');
      assert.equal(ends([0, 0, sign * (limit - 1e-9), 0]), false);
      assert.equal(ends([0, 0, sign * (limit + 1e-9), 0]), true);
    }
  });

  it('starts with all four uniform in [−0.05, 0.05)', () => {
    const n = 20_000;
    const { envs } = open(n, 9);
    for (const name of names) {
      const values = Float64Array.from(envs.state[name]);
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const variance = values.reduce((sum, x) => sum + x * x, 0) / n;
      assert.ok(values.every((x) => x >= -0.05 && x < 0.05));
      // Five standard errors of a uniform of width 0.1.
      assert.ok(Math.abs(mean) < 5 * (0.1 / Math.sqrt(12 * n)), name);
      assert.ok(Math.abs(variance - 0.01 / 12) < 5 * 0.01 * Math.sqrt(1 / 180 / n), name);
    }
    const [x, theta] = [envs.state.x, envs.state.theta];
    let covariance = 0;
    for (let i = 0; i < n; i++) covariance += (x[i] * theta[i]) / n;
    assert.ok(Math.abs(covariance) < 5 * (0.01 / 12 / Math.sqrt(n)));
  });

  it('truncates at 500 steps, if the pole still stands', () => {
    const { envs, set } = open(1, 1);
    for (let t = 1; t <= 500; t++) {
      set([0, 0, 0, 0]);
      envs.actions[0] = t % 2;
      envs.advance();
      assert.deepEqual([envs.truncations[0], envs.terminations[0]], [+(t === 500), 0], `step ${t}`);
    }
    assert.deepEqual([envs.scores.episodeReturn, envs.scores.episodeLength], [500, 500]);
  });

  it('stays in its space under any policy', () => {
    for (const autoreset of ['NEXT_STEP', 'SAME_STEP'] as const) {
      const { envs } = open(50, 3, autoreset);
      for (let t = 0; t < 300; t++) {
        for (let i = 0; i < 50; i++) envs.actions[i] = i < 10 ? 1 : i < 20 ? 0 : ((i * t * 7919) % 3) & 1;
        envs.advance();
      }
      assert.ok(envs.scores.episodes > 200);
    }
  });
});
