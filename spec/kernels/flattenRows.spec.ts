import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arrays } from '../../lib/space/dtype.ts';
import { layout } from '../../lib/space/layout.ts';
import { spaces, valuesOf } from '../laws/arbitraries.ts';
import { packedRows } from './packedRows.ts';
import { times } from './random.ts';
import { flattenRow, parts } from './reference/flatten.ts';
import { forEachBuild } from './setup.ts';

const counts = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 300 }));

forEachBuild((_, harness) => {
  const { kernels } = harness;

  describe('flattenRows', () => {
    it('equals the reference, at any number of rows', () => {
      fc.assert(
        fc.property(parts, counts, fc.boolean(), fc.integer(), (list, n, indexed, seed) => {
          harness.reset();
          const { program, pointer, indices, rowAt } = packedRows(harness, list, n, indexed, seed);
          const { words, pitch, size } = program;
          const flat = harness.f32(n * size);
          kernels.flattenRows(
            ...([pointer, pitch, indices, n, harness.i32(words).byteOffset] as const),
            ...([words.length / 6, flat.byteOffset, size] as const),
          );
          harness.checkGuards();
          assert.deepEqual([...flat], times(n, (s) => flattenRow(program, rowAt(s))).flat());
        }),
      );
    });

    it('writes what a layout’s `flatten` does', () => {
      const withValues = spaces().chain((space) =>
        fc.tuple(fc.constant(space), fc.array(valuesOf(space), { minLength: 1, maxLength: 5 })),
      );
      fc.assert(
        fc.property(withValues, ([space, values]) => {
          harness.reset();
          const { dtype, width, bytes, size, pack, flatten, program } = layout(space);
          const packed = new arrays[dtype](values.length * width);
          const expected = new Float32Array(values.length * size);
          values.forEach((value, row) => {
            pack(value, packed, row);
            flatten(value, expected, row * size);
          });
          const rows = harness.u8(new Uint8Array(packed.buffer));
          const words = program();
          const flat = harness.f32(expected.length);
          kernels.flattenRows(
            ...([rows.byteOffset, bytes, 0, values.length, harness.i32(words).byteOffset] as const),
            ...([words.length / 6, flat.byteOffset, size] as const),
          );
          harness.checkGuards();
          assert.deepEqual([...flat], [...expected]);
        }),
      );
    });
  });
});
