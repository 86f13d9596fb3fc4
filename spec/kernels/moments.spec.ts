import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const problems = fc.record({
  n: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 500 })),
  offset: fc.constantFrom(0, 1, 1e6),
  indexed: fc.boolean(),
  seed: fc.integer(),
});

describe('moments', () => {
  forEachBuild((_, harness) => {
    function run(values: number[], indices?: number[]) {
      harness.reset();
      const result = harness.f64(2);
      const n = indices?.length ?? values.length;
      const at = indices ? harness.u32(indices).byteOffset : 0;
      harness.kernels.moments(harness.f32(values).byteOffset, at, n, result.byteOffset);
      harness.checkGuards();
      return [...result];
    }

    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, ({ n, offset, indexed, seed }) => {
          const { uniform, below } = random(seed);
          const values = times(n, () => uniform(offset - 1, offset + 1));
          const indices = indexed ? times(n, () => below(n)) : undefined;
          const picked = indices ? indices.map((i) => values[i]) : values;
          const sum = picked.reduce((total, x) => total + x, 0);
          const squares = picked.reduce((total, x) => total + (x - sum / n) ** 2, 0);
          const [actualSum, actualSquares] = run(values, indices);
          assert.ok(Math.abs(actualSum - sum) <= 1e-14 * n * (offset + 1), `${actualSum}, not ${sum}`);
          assert.ok(
            Math.abs(actualSquares - squares) <= 1e-8 * (1 + squares),
            `${actualSquares}, not ${squares}`,
          );
        }),
      );
    });

    it('gives the same bits by indices as in place', () => {
      fc.assert(
        fc.property(problems, ({ n, offset, seed }) => {
          const { uniform } = random(seed);
          const values = times(n, () => uniform(offset - 1, offset + 1));
          const indices = times(n, (i) => n - 1 - i);
          assert.deepEqual(run(values.toReversed(), indices), run(values));
        }),
      );
    });
  });
});
