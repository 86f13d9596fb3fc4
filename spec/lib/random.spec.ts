import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../lib/random.ts';
import { philox, purposes, streamKey } from '../../lib/rng.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('Random', () => {
  it('goes back and on by its draws, past 2³² blocks too', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 2 ** 50 }), fc.nat({ max: 20 }), (seed, draws, more) => {
        const random = new Random(seed, draws);
        const words = Array.from({ length: more + 1 }, () => random.word());
        assert.equal(random.draws, draws + more + 1);
        random.draws = draws + more;
        assert.equal(random.word(), words[more]);
        assert.equal(new Random(seed, draws + more).word(), words[more]);
      }),
    );
  });

  it('takes its words from the Philox blocks of its purpose', () => {
    const block = new Uint32Array(4);
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 2 ** 51 - 1 }), (seed, index) => {
        philox(index % 2 ** 32, Math.floor(index / 2 ** 32), 0, purposes.stream, ...streamKey(seed), block);
        const random = new Random(seed, 4 * index);
        assert.deepEqual([random.word(), random.word(), random.word(), random.word()], [...block]);
      }),
    );
  });

  it('draws from the distributions it names', () => {
    const random = new Random(11);
    const n = 20_000;
    const draws: [string, () => number, mean: number, variance: number, kurtosis: number][] = [
      ['uniform', () => random.uniform(-1, 3), 1, 16 / 12, 1.8],
      ['integer', () => random.integer(-2, 3), 0, 2, 1.7],
      ['exponential', () => random.exponential(), 1, 1, 9],
      ['normal', () => random.normal(), 0, 1, 3],
    ];
    for (const [name, draw, mean, variance, kurtosis] of draws) {
      const values = Array.from({ length: n }, draw);
      const average = values.reduce((sum, x) => sum + x, 0) / n;
      const spread = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
      // Five standard errors.
      assert.ok(Math.abs(average - mean) < 5 * Math.sqrt(variance / n), `${name}: mean ${average}`);
      assert.ok(
        Math.abs(spread / variance - 1) < 5 * Math.sqrt((kurtosis - 1) / n),
        `${name}: variance ${spread}`,
      );
    }
    for (let i = 0; i < 1000; i++) {
      const [u, k] = [random.uniform(2, 5), random.integer(0, 2 ** 32)];
      assert.ok(u >= 2 && u < 5 && Number.isInteger(k) && k >= 0 && k < 2 ** 32);
    }
  });

  it('refuses what is no seed and no count', () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
      assert.throws(() => new Random(value), RangeError);
      assert.throws(() => new Random(1, value), {
        message: `Random: draws must be an integer in [0, 2^53), got ${value}`,
      });
    }
  });
});
