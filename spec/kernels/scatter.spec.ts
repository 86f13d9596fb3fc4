import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const shapes = fc.record({
  n: fc.oneof(fc.constantFrom(1, 3, 4, 5, 127, 128), fc.integer({ min: 1, max: 128 })),
  features: fc.oneof(fc.constantFrom(1, 3, 4, 5, 8), fc.integer({ min: 1, max: 40 })),
  seed: fc.nat(),
});

describe('scatter', () => {
  forEachBuild((_, harness) => {
    const stride = harness.kernels.stride();

    it('makes rows of a block', () => {
      fc.assert(
        fc.property(shapes, ({ n, features, seed }) => {
          harness.reset();
          const { uniform } = random(seed);
          const block = harness.f32(times(features * stride, () => uniform(-1, 1)));
          const rows = harness.f32(n * features);
          harness.call('scatter', block, n, features, rows);
          const expected = times(
            n * features,
            (i) => block[(i % features) * stride + Math.floor(i / features)],
          );
          assert.deepEqual(rows, Float32Array.from(expected));
          harness.checkGuards();
        }),
      );
    });
  });
});
