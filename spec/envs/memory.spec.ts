import assert from 'node:assert/strict';
import fc from 'fast-check';
import { memory } from '../../envs/memory.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { play } from './play.ts';

const worlds = 500;

describe('memory', () => {
  it('pays 1 to who repeats what was shown, after length + delay + length steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(10), (length, delay) => {
        const seen = Array.from({ length: worlds }, (): number[] => []);
        const { returns, lengths } = play(
          memory,
          worlds,
          ({ observations }, i) => {
            const [bit, asked] = observations.subarray(2 * i, 2 * i + 2);
            if (bit !== 0) seen[i].push(bit);
            return asked ? +(seen[i].shift()! > 0) : 0;
          },
          { length, delay },
        );
        assert.ok(returns.every((value) => Math.abs(value - 1) < 1e-5));
        assert.ok(lengths.every((steps) => steps === 2 * length + delay));
      }),
      { numRuns: 20 },
    );
  });

  it('pays 0.5 on average to who sees the present only, and shows nothing more', () => {
    const shown = new Set<string>();
    const policies = [() => 0, () => 1, (bit: number, asked: number) => +(bit > 0 || asked > 0)];
    for (const policy of policies) {
      const { meanReturn } = play(memory, worlds, ({ observations }, i) => {
        const [bit, asked] = observations.subarray(2 * i, 2 * i + 2);
        shown.add(`${bit} ${asked}`);
        return policy(bit, asked);
      });
      // Five standard errors of the mean of three fair bits.
      assert.ok(Math.abs(meanReturn - 0.5) < 5 * Math.sqrt(0.25 / 3 / worlds), `${meanReturn}`);
    }
    assert.deepEqual([...shown].sort(), ['-1 0', '0 0', '0 1', '1 0']);
  });

  it('refuses lengths and delays that are none', () => {
    const open = (params: { length?: number; delay?: number }) => () =>
      vectorize(memory, { numEnvs: 1, seed: 0, params });
    for (const length of [0, 33, 1.5])
      assert.throws(open({ length }), /length: expected an integer in \[1, 32\]/);
    for (const delay of [-1, 0.5]) assert.throws(open({ delay }), /delay: expected a natural number/);
  });
});
