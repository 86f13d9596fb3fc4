import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const stride = kernels.stride();

  describe('maskLogits', () => {
    it('writes −Infinity where the mask of the row is 0, and nothing else', () => {
      const sizes = fc.oneof(fc.constantFrom(1, 3, 5, 128), fc.integer({ min: 0, max: 128 }));
      const choiceCounts = fc.integer({ min: 1, max: 19 });
      fc.assert(
        fc.property(sizes, choiceCounts, fc.boolean(), fc.integer(), (n, choices, indexed, seed) => {
          harness.reset();
          const { uniform, chance, below } = random(seed);
          const rows = indexed ? 200 : n;
          const masks = harness.u8(times(rows * choices, () => chance(0.5) * 255 * below(2) || chance(0.3)));
          const indices = indexed ? harness.u32(times(n, () => below(rows))) : undefined;
          const logits = harness.f32(times(choices * stride, () => uniform(-2, 2)));
          const before = logits.slice();
          kernels.maskLogits(
            ...([logits.byteOffset, masks.byteOffset, indices?.byteOffset ?? 0, n, choices] as const),
          );
          harness.checkGuards();
          for (let c = 0; c < choices; c++) {
            for (let s = 0; s < n; s++) {
              const allowed = masks[(indices?.[s] ?? s) * choices + c] > 0;
              assert.equal(logits[c * stride + s], allowed ? before[c * stride + s] : -Infinity);
            }
            // What is past the last group of 8 is another's.
            for (let s = (n + 7) & ~7; s < stride; s++)
              assert.equal(logits[c * stride + s], before[c * stride + s]);
          }
        }),
      );
    });
  });
});
