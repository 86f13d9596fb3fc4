import assert from 'node:assert/strict';
import fc from 'fast-check';
import { box } from '../../../lib/space/box.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { arrays, dtypes, view } from '../../../lib/space/dtype.ts';
import { flattenCodes } from '../../../lib/space/flattenProgram.ts';
import { layout } from '../../../lib/space/layout.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';
import { tuple } from '../../../lib/space/tuple.ts';
import { spaces, valuesOf } from '../../laws/arbitraries.ts';

const { f32, f64, i8, u8, i16, oneHot } = flattenCodes;
const ONE = 0x3f800000;

/** What a program says, one instruction after the other. */
function interpret(program: Int32Array, row: ArrayBufferLike, size: number): Float32Array {
  const flat = new Float32Array(size).fill(Number.NaN);
  for (let at = 0; at < program.length; at += 6) {
    const [code, from, count, to, bits, argument] = program.subarray(at, at + 6);
    const scale = new Float32Array(Int32Array.of(bits).buffer)[0];
    if (code === oneHot) {
      flat.fill(0, to, to + count);
      flat[to + new Int32Array(row, from, 1)[0] - argument] = 1;
      continue;
    }
    const dtype = dtypes.find((name) => flattenCodes[name] === code) ?? 'f32';
    const values = view(dtype, row, from, count);
    for (let i = 0; i < count; i++) flat[to + i] = Number(values[i]) * scale;
  }
  return flat;
}

describe('a flatten program', () => {
  it('makes the flat row of a packed one', () => {
    const withValue = spaces().chain((space) => fc.tuple(fc.constant(space), valuesOf(space)));
    fc.assert(
      fc.property(withValue, ([space, value]) => {
        const { dtype, width, size, pack, flatten, program } = layout(space);
        const column = new arrays[dtype](width);
        pack(value, column, 0);
        const flat = new Float32Array(size);
        flatten(value, flat);
        assert.deepEqual(interpret(program(), column.buffer, size), flat);
      }),
    );
  });

  it('widens neighbours of one element type at once', () => {
    const space = dict([
      ['a', box(0, 1, [3])],
      ['b', tuple([box(0, 1, [2, 2]), discrete(4, -1)])],
      ['c', multiDiscrete([2, 3])],
      ['d', box(0, 9, [3], 'u8')],
      ['e', box(0, 9, [1], 'i16')],
      ['f', box(0, 9, [], 'i16')],
      ['g', box(0, 9, [1], 'f64')],
    ]);
    assert.deepEqual(
      [...layout(space).program()],
      [
        [f32, 0, 7, 0, ONE, 0],
        [oneHot, 28, 4, 7, ONE, -1],
        [oneHot, 32, 2, 11, ONE, 0],
        [oneHot, 36, 3, 13, ONE, 0],
        [u8, 40, 3, 16, ONE, 0],
        [i16, 44, 2, 19, ONE, 0],
        [f64, 48, 1, 21, ONE, 0],
      ].flat(),
    );
    // The inner struct ends in padding, which keeps its bytes apart from the next.
    const inner = tuple([box(0, 1, [1]), box(0, 1, [1], 'i8')]);
    assert.deepEqual(
      [...layout(tuple([inner, box(0, 1, [2], 'i8')])).program()],
      [
        [f32, 0, 1, 0, ONE, 0],
        [i8, 4, 1, 1, ONE, 0],
        [i8, 8, 2, 2, ONE, 0],
      ].flat(),
    );
  });

  it('scales bytes from 0 to 255 where that is asked for', () => {
    const space = dict({
      image: box(0, 255, [4, 4, 3], 'u8'),
      map: box(0, 255, [4, 4], 'u8'),
      pale: box(0, 254, [4, 4, 3], 'u8'),
    });
    const scales = (program: Int32Array) => {
      const found = [];
      for (let at = 0; at < program.length; at += 6)
        found.push([program[at + 2], new Float32Array(program.slice(at + 4, at + 5).buffer)[0]]);
      return found;
    };
    assert.deepEqual(scales(layout(space).program()), [[112, 1]]);
    assert.deepEqual(scales(layout(space).program({ normalizeBytes: true })), [
      [48 + 16, Math.fround(1 / 255)],
      [48, 1],
    ]);
  });
});
