import assert from 'node:assert/strict';
import { cartPole } from '../../envs/cartPole.ts';
import { maskedCartPole } from '../../envs/maskedCartPole.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { describeEnv } from '../laws/index.ts';

describe('maskedCartPole', () => {
  it('is CartPole of which positions are seen only', () => {
    const [masked, whole] = [maskedCartPole, cartPole].map((env) => vectorize(env, { numEnvs: 3, seed: 1 }));
    for (let t = 0; t < 600; t++) {
      for (let i = 0; i < 3; i++) {
        const [x, , theta, thetaDot] = whole.observations.subarray(4 * i, 4 * i + 4);
        assert.deepEqual(Array.from(masked.observations.subarray(2 * i, 2 * i + 2)), [x, theta]);
        // The second keeps its pole up to the time limit, the third drops it.
        const action = i === 0 ? t % 2 : i === 1 ? +(theta + 0.3 * thetaDot + 0.02 * x > 0) : 1;
        masked.actions[i] = whole.actions[i] = action;
      }
      masked.advance();
      whole.advance();
      for (const name of ['rewards', 'terminations', 'truncations', 'masks'] as const)
        assert.deepEqual(masked[name], whole[name]);
    }
  });
});

describeEnv(maskedCartPole);
