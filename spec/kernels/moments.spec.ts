import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const problems = fc.record({
  n: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 500 })),
  offset: fc.constantFrom(0, 1, 1e6),
  indexed: fc.boolean(),
  /** Of elements that do not count; absent: there are no weights. */
  share: fc.option(fc.constantFrom(0, 0.3, 1), { nil: undefined }),
  seed: fc.integer(),
});

describe('moments', () => {
  forEachBuild((_, harness) => {
    function run(values: number[], indices?: number[], weights?: number[]) {
      harness.reset();
      const result = harness.f64(2);
      const n = indices?.length ?? values.length;
      const at = indices ? harness.u32(indices).byteOffset : 0;
      const weightsAt = weights ? harness.f32(weights).byteOffset : 0;
      const count = harness.kernels.moments(
        harness.f32(values).byteOffset,
        at,
        n,
        result.byteOffset,
        weightsAt,
      );
      harness.checkGuards();
      return [...result, count];
    }

    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, ({ n, offset, indexed, share, seed }) => {
          const { uniform, below } = random(seed);
          const values = times(n, () => uniform(offset - 1, offset + 1));
          const indices = indexed ? times(n, () => below(n)) : undefined;
          const weights =
            share === undefined ? undefined : times(n, () => (uniform(0, 1) < share ? 0 : uniform(0.1, 2)));
          const picked = (indices ?? values.map((_, i) => i))
            .filter((i) => weights?.[i] !== 0)
            .map((i) => values[i]);
          const sum = picked.reduce((total, x) => total + x, 0);
          const squares = picked.reduce((total, x) => total + (x - sum / picked.length) ** 2, 0);
          const [actualSum, actualSquares, count] = run(values, indices, weights);
          assert.equal(count, picked.length);
          assert.ok(Math.abs(actualSum - sum) <= 1e-14 * n * (offset + 1), `${actualSum}, not ${sum}`);
          assert.ok(
            Math.abs(actualSquares - squares) <= 1e-8 * (1 + squares),
            `${actualSquares}, not ${squares}`,
          );
        }),
      );
    });

    it('gives the same bits by indices as in place, and by weights that are not 0 as by none', () => {
      fc.assert(
        fc.property(problems, ({ n, offset, seed }) => {
          const { uniform } = random(seed);
          const values = times(n, () => uniform(offset - 1, offset + 1));
          const indices = times(n, (i) => n - 1 - i);
          assert.deepEqual(run(values.toReversed(), indices), run(values));
          const all = times(n, () => 1);
          assert.deepEqual(run(values, undefined, all), run(values));
        }),
      );
    });
  });
});
