import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packedRows } from './packedRows.ts';
import { times } from './random.ts';
import { flattenRow, parts } from './reference/flatten.ts';
import { forEachBuild } from './setup.ts';

const counts = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 128 }));

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const [stride, unit] = [kernels.stride(), kernels.rows()];

  describe('gatherPacked', () => {
    it('puts flat rows into a block and clears the padding, as `gather` does', () => {
      fc.assert(
        fc.property(parts, counts, fc.boolean(), fc.integer(), (list, n, indexed, seed) => {
          harness.reset();
          const { program, pointer, indices, rowAt } = packedRows(harness, list, n, indexed, seed);
          const { words, pitch, size } = program;
          const features = Math.ceil(size / unit) * unit;
          const block = harness.f32(features * stride);
          kernels.gatherPacked(
            ...([pointer, pitch, indices, n, harness.i32(words).byteOffset] as const),
            ...([words.length / 6, size, block.byteOffset] as const),
          );
          harness.checkGuards();
          const samples = Math.ceil(n / 8) * 8;
          const expected = times(samples, (s) => {
            const flat = s < n ? flattenRow(program, rowAt(s)) : [];
            return times(features, (f) => flat[f] ?? 0);
          });
          assert.deepEqual(
            times(samples, (s) => times(features, (f) => block[f * stride + s])),
            expected,
          );
          for (let f = 0; f < features; f++)
            for (let s = samples; s < stride; s++) assert.ok(Number.isNaN(block[f * stride + s]));
        }),
      );
    });
  });
});
