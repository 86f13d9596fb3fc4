import assert from 'node:assert/strict';
import fc from 'fast-check';
import { corridor } from '../../envs/corridor.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { EnvError } from '../../lib/errors.ts';

const open = (numEnvs = 1, seed = 0, params?: { length: number }) =>
  vectorize(corridor, { numEnvs, seed, params });

/** Acts until the first row's episode ends; its rewards. */
function walk(envs: ReturnType<typeof open>, action: (t: number) => number): number[] {
  const rewards: number[] = [];
  for (let t = 0; ; t++) {
    envs.actions[0] = action(t);
    envs.advance();
    rewards.push(envs.rewards[0]);
    if (envs.terminations[0] || envs.truncations[0]) return rewards;
  }
}

describe('corridor', () => {
  it('has the spaces and limits it says', () => {
    const { id, observation, action, maxEpisodeSteps, threshold, params } = corridor;
    assert.deepEqual(
      [id, action.n, maxEpisodeSteps, threshold, params],
      ['Corridor-v0', 2, 100, 0.9, { length: 9 }],
    );
    assert.deepEqual([...observation.low, ...observation.high], [0, 3, 100, 100]);
  });

  it('starts at 0, with a door uniform in [3, length)', () => {
    const n = 20_000;
    for (const length of [9, 4, 60]) {
      const { observations } = open(n, 2, { length });
      let [sum, squares] = [0, 0];
      for (let i = 0; i < n; i++) {
        const [x, goal] = observations.subarray(2 * i, 2 * i + 2);
        assert.equal(x, 0);
        // A door just below `length` may be at it as a float32.
        assert.ok(goal >= 3 && goal <= length);
        const u = (goal - 3) / (length - 3) - 0.5;
        sum += u / n;
        squares += (u * u) / n;
      }
      assert.ok(Math.abs(sum) < 5 * Math.sqrt(1 / 12 / n));
      assert.ok(Math.abs(squares - 1 / 12) < 5 * Math.sqrt(1 / 180 / n));
    }
  });

  it('walks one cell a step, and no further left than the wall', () => {
    const moves = fc.array(fc.nat(1), { maxLength: 40 });
    fc.assert(
      fc.property(moves, (moves) => {
        const envs = open();
        envs.state.goal[0] = 90;
        let position = 0;
        for (const move of moves) {
          envs.actions[0] = move;
          envs.advance();
          position = Math.max(0, position + (move ? 1 : -1));
          assert.deepEqual([...envs.observations], [position, 90]);
          assert.equal(envs.rewards[0], Math.fround(-0.01));
          assert.equal(envs.terminations[0], 0);
        }
      }),
    );
  });

  it('ends with 1 at the door, for −0.01 a step before it', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const envs = open(1, seed);
        const steps = Math.ceil(envs.state.goal[0]);
        const rewards = walk(envs, () => 1);
        assert.deepEqual(rewards, [...new Array(steps - 1).fill(Math.fround(-0.01)), 1]);
        assert.deepEqual([envs.terminations[0], envs.truncations[0]], [1, 0]);
        assert.ok(envs.observations[0] >= envs.observations[1]);
      }),
    );
  });

  it('truncates at 100 steps', () => {
    const envs = open();
    assert.equal(walk(envs, () => 0).length, 100);
    assert.deepEqual([envs.terminations[0], envs.truncations[0]], [0, 1]);
  });

  it('is solved by who walks right, and only by who does', () => {
    const returns = (action: (t: number) => number) => {
      const sums = Array.from({ length: 100 }, (_, seed) =>
        walk(open(1, seed), action).reduce((a, b) => a + b),
      );
      return sums.reduce((a, b) => a + b) / 100;
    };
    assert.ok(returns(() => 1) > corridor.threshold!);
    assert.ok(returns((t) => +(t % 3 > 0)) < corridor.threshold!);
    assert.ok(returns(() => 0) < -0.99);
  });

  it('refuses a length that leaves no room for a door', () => {
    for (const length of [0, 1000]) {
      assert.throws(
        () => open(50, 1, { length }),
        (error) => {
          assert.ok(error instanceof EnvError);
          assert.match(
            error.message,
            /^Corridor-v0, env \d+, step 0: observation\[1\]: expected a finite number in \[3, 100\]/,
          );
          return true;
        },
      );
    }
  });
});
