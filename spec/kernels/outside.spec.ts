import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const lengths = fc.oneof(fc.integer({ min: 0, max: 17 }), fc.integer({ min: 0, max: 200 }));
const rows = fc.array(fc.nat(199), { maxLength: 3 });

forEachBuild((_, harness) => {
  const { kernels } = harness;

  describe('outside', () => {
    const faults = fc.constantFrom<number | 'above' | 'below'>(
      'above',
      'below',
      Number.NaN,
      Infinity,
      -Infinity,
    );

    it('finds the first float outside its bounds', () => {
      fc.assert(
        fc.property(
          lengths,
          fc.constantFrom(4, 8, 12, 16, 48),
          rows,
          faults,
          fc.integer(),
          (n, period, at, fault, seed) => {
            harness.reset();
            const { uniform, below } = random(seed);
            const lows = times(period, () => (below(4) ? uniform(-2, 0) : -Infinity));
            const highs = times(period, () => (below(4) ? uniform(0, 2) : Infinity));
            // Now and then the bounds themselves: they are inside.
            const column = times(n, (i) => {
              const [low, high] = [Math.max(lows[i % period], -3e38), Math.min(highs[i % period], 3e38)];
              return [low, high, uniform(low, high)][Math.min(2, below(8))];
            });
            for (const i of at.filter((i) => i < n)) {
              if (fault === 'above') column[i] = highs[i % period] + 0.01;
              else if (fault === 'below') column[i] = lows[i % period] - 0.01;
              else column[i] = fault;
            }
            const isFault = (x: number, i: number) =>
              !(Number.isFinite(x) && x >= lows[i % period] && x <= highs[i % period]);
            const bounds = [harness.f32(lows).byteOffset, harness.f32(highs).byteOffset] as const;
            const actual = kernels.outside(harness.f32(column).byteOffset, n, ...bounds, period);
            assert.equal(actual, column.findIndex(isFault));
            harness.checkGuards();
          },
        ),
      );
    });
  });

  describe('outsideRange', () => {
    it('finds the first integer outside [0, count)', () => {
      const counts = fc.constantFrom(0, 1, 2, 18, 2 ** 31 - 1);
      fc.assert(
        fc.property(lengths, counts, rows, fc.boolean(), fc.integer(), (n, count, at, low, seed) => {
          harness.reset();
          const { below } = random(seed);
          const column = Int32Array.from(times(n, () => below(count)));
          for (const i of at.filter((i) => i < n)) column[i] = low ? -1 - below(9) : count + below(9);
          const actual = kernels.outsideRange(harness.i32(column).byteOffset, n, count);
          assert.equal(
            actual,
            column.findIndex((x) => x < 0 || x >= count),
          );
          harness.checkGuards();
        }),
      );
    });
  });
});
