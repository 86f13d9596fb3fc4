import assert from 'node:assert/strict';
import fc from 'fast-check';
import { password } from '../../envs/password.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { assertLearnt } from './learns.ts';
import { play } from './play.ts';

describe('password', () => {
  it('pays for one of all 32 guesses, after the fifth bit', () => {
    fc.assert(
      fc.property(fc.nat(31), (secret) => {
        const guess = ({ state }: { state: Readonly<Record<string, ArrayLike<number>>> }, i: number) =>
          (i >> state.guessed[i]) & 1;
        const { returns, lengths } = play(password, 32, guess, { password: secret });
        assert.deepEqual(
          [...returns],
          [...returns.keys()].map((i) => +(i === secret)),
        );
        assert.ok(lengths.every((length) => length === 5));
      }),
    );
  });

  it('shows the guess so far, and nothing of the password', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1), { maxLength: 4 }), fc.nat(31), (bits, secret) => {
        const envs = vectorize(password, { numEnvs: 1, seed: 0, params: { password: secret } });
        for (const bit of bits) {
          envs.actions[0] = bit;
          envs.advance();
          assert.equal(envs.rewards[0], 0);
        }
        assert.deepEqual(
          [...envs.observations],
          [0, 1, 2, 3, 4].map((k) => (k < bits.length ? 2 * bits[k] - 1 : 0)),
        );
      }),
    );
  });

  it('refuses a password of more bits', () => {
    for (const secret of [-1, 32, 0.5]) {
      const open = () => vectorize(password, { numEnvs: 1, seed: 0, params: { password: secret } });
      assert.throws(open, /Password-v0, env 0.*password: expected an integer in \[0, 32\)/);
    }
  });

  it('is learnt by PPO', () => assertLearnt(password));
});
