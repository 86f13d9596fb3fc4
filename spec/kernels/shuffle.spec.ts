import assert from 'node:assert/strict';
import fc from 'fast-check';
import { times } from './random.ts';
import { shuffle } from './reference/philox.ts';
import { forEachBuild } from './setup.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const pair = fc.tuple(word, word);

describe('shuffle', () => {
  forEachBuild((_, harness) => {
    const run = (n: number, key: number[], time: number[]) => {
      harness.reset();
      const indices = harness.u32(times(n, (i) => i));
      harness.kernels.shuffle(indices.byteOffset, n, key[0], key[1], time[0], time[1]);
      harness.checkGuards();
      return [...indices];
    };

    it('equals the reference', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 70 }), pair, pair, (n, key, time) => {
          const identity = times(n, (i) => i);
          assert.deepEqual(run(n, key, time), shuffle(identity, key, time));
        }),
      );
    });

    it('is a permutation', () => {
      const shuffled = run(10_000, [1, 2], [3, 4]).sort((a, b) => a - b);
      assert.ok(shuffled.every((value, i) => value === i));
    });

    it('puts every value everywhere equally often', () => {
      const counts = times(4, () => times(4, () => 0));
      for (let t = 0; t < 4000; t++) {
        for (const [at, value] of run(4, [7, 9], [t, 0]).entries()) counts[at][value]++;
      }
      // 1000 expected, standard deviation 27
      for (const count of counts.flat()) assert.ok(Math.abs(count - 1000) < 140, `${counts}`);
    });
  });
});
