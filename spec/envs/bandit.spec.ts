import assert from 'node:assert/strict';
import { bandit } from '../../envs/bandit.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { assertLearnt } from './learns.ts';
import { play } from './play.ts';

describe('bandit', () => {
  it('pays for one arm only, at once', () => {
    for (let arm = 0; arm < 4; arm++) {
      const { returns, lengths } = play(bandit, 4, (_, i) => i, { arm });
      assert.deepEqual(
        [...returns],
        [0, 1, 2, 3].map((i) => +(i === arm)),
      );
      assert.deepEqual([...lengths], [1, 1, 1, 1]);
    }
  });

  it('refuses an arm that is none', () => {
    for (const arm of [-1, 4, 0.5]) {
      const open = () => vectorize(bandit, { numEnvs: 1, seed: 0, params: { arm } });
      assert.throws(open, /Bandit-v0, env 0.*arm: expected an integer in \[0, 4\)/);
    }
  });

  it('is learnt by PPO', () => assertLearnt(bandit));
});
