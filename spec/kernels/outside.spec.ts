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

  const elements = {
    outsideBytes: { least: 0, greatest: 255, lanes: 16, place: (values: number[]) => harness.u8(values) },
    outsideSignedBytes: {
      least: -128,
      greatest: 127,
      lanes: 16,
      place: (values: number[]) => harness.i8(values),
    },
    outsideIntegers: {
      least: -(2 ** 31),
      greatest: 2 ** 31 - 1,
      lanes: 4,
      place: (values: number[]) => harness.i32(values),
    },
  } as const;
  for (const [name, { least, greatest, lanes, place }] of Object.entries(elements)) {
    describe(name, () => {
      it('finds the first element outside its bounds', () => {
        const periods = fc.integer({ min: 1, max: 4 }).map((k) => k * lanes);
        fc.assert(
          fc.property(lengths, periods, rows, fc.boolean(), fc.integer(), (n, period, at, above, seed) => {
            harness.reset();
            const { below } = random(seed);
            const between = (low: number, high: number) => low + below(high - low + 1);
            // Now and then the type's own bounds, outside of which nothing is.
            const lows = times(period, () => (below(4) ? between(least, (least + greatest) >> 1) : least));
            const highs = times(period, (k) => (below(4) ? between(lows[k], greatest) : greatest));
            const column = times(n, (i) => {
              const [low, high] = [lows[i % period], highs[i % period]];
              return [low, high, between(low, high)][Math.min(2, below(8))];
            });
            for (const i of at.filter((i) => i < n)) {
              const bound = (above ? highs : lows)[i % period];
              column[i] = Math.max(least, Math.min(greatest, bound + (above ? 1 : -1)));
            }
            const bounds = [place(lows).byteOffset, place(highs).byteOffset] as const;
            assert.equal(
              kernels[name as keyof typeof elements](place(column).byteOffset, n, ...bounds, period),
              column.findIndex((x, i) => x < lows[i % period] || x > highs[i % period]),
            );
            harness.checkGuards();
          }),
        );
      });
    });
  }

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
