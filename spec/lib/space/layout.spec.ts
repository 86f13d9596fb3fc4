import assert from 'node:assert/strict';
import fc from 'fast-check';
import { box } from '../../../lib/space/box.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { arrays, type TypedArray } from '../../../lib/space/dtype.ts';
import { flatSpace, layout } from '../../../lib/space/layout.ts';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';
import type { Space } from '../../../lib/space/space.ts';
import { tuple } from '../../../lib/space/tuple.ts';
import { spaces, valuesOf } from '../../laws/arbitraries.ts';
import { leafValues, mapLeaves, replaceLeaf } from './leafValues.ts';

const withValue = spaces().chain((space) => fc.tuple(fc.constant(space), valuesOf(space)));

/** A column of three packed rows, all bytes 0xa5. */
function dirty(space: Space): TypedArray {
  const { dtype, width } = layout(space);
  const column = new arrays[dtype](3 * width);
  new Uint8Array(column.buffer).fill(0xa5);
  return column;
}

function bytesOf(column: TypedArray): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

describe('layout', () => {
  it('unpacks what it packed, and touches no other row', () => {
    fc.assert(
      fc.property(withValue, ([space, value]) => {
        const { bytes, leaves, pack, unpack } = layout(space);
        const column = dirty(space);
        pack(value, column, 1);
        assert.deepEqual(unpack(column, 1), value);
        const rows = bytesOf(column);
        const used = new Set(
          leaves.flatMap(({ offset, dtype, length }) =>
            Array.from({ length: length * arrays[dtype].BYTES_PER_ELEMENT }, (_, i) => bytes + offset + i),
          ),
        );
        for (const [i, byte] of rows.entries()) {
          if (i < bytes || i >= 2 * bytes) assert.equal(byte, 0xa5, `byte ${i} of another row`);
          else if (!used.has(i)) assert.equal(byte, 0, `byte ${i} of padding`);
        }
      }),
    );
  });

  it('packs arrays of numbers, flat and nested, as it packs typed arrays', () => {
    fc.assert(
      fc.property(withValue, fc.boolean(), ([space, value], nested) => {
        const { leaves, pack } = layout(space);
        const plain = mapLeaves(space, value, (leaf, i) => {
          const part = leaves[i].space;
          if (!ArrayBuffer.isView(leaf)) return leaf;
          const elements = Array.from(leaf as unknown as ArrayLike<unknown>);
          return nested && part.type !== 'Discrete' ? nest(elements, part.shape) : elements;
        });
        const [typed, arrays] = [dirty(space), dirty(space)];
        pack(value, typed, 2);
        pack(plain, arrays, 2);
        assert.deepEqual(bytesOf(arrays), bytesOf(typed));
      }),
    );
  });

  it('refuses exactly what the space does not contain, in its words, and leaves zeros', () => {
    const strange = fc.oneof(
      fc.constantFrom(
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -1,
        0,
        0.5,
        1,
        255,
        256,
        1e39,
        3n,
        '0',
        null,
        undefined,
        true,
      ),
      fc.array(fc.constantFrom<unknown>(0, 1, 0.5, 7, -3, 1e300, 2n, '1', [0]), { maxLength: 4 }),
      fc
        .constantFrom(Float32Array, Float64Array, Int8Array, Uint8Array, Int32Array)
        .map((Type) => new Type([1, 0, 3])),
      fc.constant({ a: 1 }),
    );
    fc.assert(
      fc.property(withValue, fc.nat(), strange, ([space, value], pick, by) => {
        const { bytes, leaves, pack } = layout(space);
        const changed = replaceLeaf(space, value, pick % leaves.length, by);
        const column = dirty(space);
        const message = space.problem(changed, 'observation');
        if (message === undefined) return pack(changed, column, 1, 'observation');
        assert.throws(() => pack(changed, column, 1, 'observation'), { name: 'RangeError', message });
        assert.ok(bytesOf(column).every((byte, i) => byte === (Math.floor(i / bytes) === 1 ? 0 : 0xa5)));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses other structures, and takes objects whose fields are computed', () => {
    const space = dict({ x: box(0, 1, [2]), inside: tuple([discrete(3), dict({ flag: discrete(2) })]) });
    const good = { x: [0, 1], inside: [2, { flag: 1 }] };
    const column = dirty(space);
    const { pack, unpack } = layout(space);
    const bad: unknown[] = [
      3,
      null,
      [],
      new Float32Array(2),
      {},
      { ...good, y: 1 },
      { x: good.x },
      { ...good, inside: [2] },
      { ...good, inside: [2, { flag: 1, flags: 1 }] },
      { ...good, inside: [2, { flags: 1 }] },
      { ...good, inside: { 0: 2 } },
    ];
    for (const value of bad) assert.throws(() => pack(value, column, 0), { message: space.problem(value) });
    class View {
      get x() {
        return good.x;
      }
      readonly inside = good.inside;
    }
    pack(new View(), column, 0);
    assert.deepEqual(unpack(column, 0), { x: Float32Array.of(0, 1), inside: [2, { flag: 1 }] });
    assert.throws(
      () => pack(Object.assign(new View(), { y: 1 }), column, 0),
      /value\.y: the space has no such field/,
    );
  });

  it('copies images whole, and gives views onto the column', () => {
    const space = dict({ image: box(0, 255, [9, 9], 'u8'), n: discrete(9) });
    const { bytes, width, pack, unpack } = layout(space);
    const column = new Uint8Array(2 * width);
    const image = Uint8Array.from({ length: 81 }, (_, i) => 3 * i);
    pack({ image, n: 5 }, column, 1);
    const shown = unpack(column, 1);
    assert.deepEqual(shown, { image, n: 5 });
    column[bytes] = 77;
    assert.equal(shown.image[0], 77);
    assert.throws(() => pack({ image: new Uint8Array(80), n: 5 }, column, 1), /expected 81 numbers of shape/);
    for (const bounds of [box(1, 255, [81], 'u8'), box(0, 200, [81], 'u8')])
      assert.throws(() => layout(bounds).pack(image, column, 0), { message: bounds.problem(image) });
  });

  it('refuses columns and rows that do not hold packed rows', () => {
    const space = dict({ a: box(-1, 1, [1], 'f64'), b: discrete(2) });
    const { pack, unpack } = layout(space);
    const value = { a: [0], b: 1 };
    const cases: [TypedArray, number, string][] = [
      [new Float64Array(2), 0, 'expected a column of u8, got Float64Array'],
      [new Uint8Array(32), 2, 'expected a row in [0, 2), got 2'],
      [new Uint8Array(32), -1, 'expected a row in [0, 2), got -1'],
      [new Uint8Array(32), 0.5, 'expected a row in [0, 2), got 0.5'],
      [new Uint8Array(new ArrayBuffer(32), 4), 0, 'expected a column aligned to 8 bytes, got 4'],
    ];
    for (const [column, row, message] of cases) {
      assert.throws(() => pack(value, column, row), { name: 'RangeError', message: `pack: ${message}` });
      assert.throws(() => unpack(column, row), { name: 'RangeError', message: `unpack: ${message}` });
    }
  });

  it('is compiled once for a space', () => {
    const space = tuple([discrete(2)]);
    assert.equal(layout(space), layout(space));
  });
});

describe('flat rows', () => {
  it('come back as the value, as exactly as float32 tells it, and lie in the flat space', () => {
    fc.assert(
      fc.property(withValue, fc.nat({ max: 5 }), ([space, value], offset) => {
        const { flatten, unflatten, size, leaves } = layout(space);
        const flat = new Float32Array(offset + size + 1).fill(-7);
        flatten(value, flat, offset);
        assert.ok(flat.every((x, i) => (i >= offset && i < offset + size) || x === -7));
        assert.equal(flatSpace(space).problem(flat.slice(offset, offset + size)), undefined);
        const back = unflatten(flat, offset);
        assert.equal(space.problem(back), undefined);
        const again = new Float32Array(size);
        flatten(back, again);
        assert.deepEqual(again, flat.slice(offset, offset + size));
        for (const [i, values] of leafValues(space, value).entries()) {
          const exact = leaves[i].space.type !== 'Box' || /^(f32|[iu](8|16))$/.test(leaves[i].dtype);
          if (exact)
            assert.deepEqual(Array.from(leafValues(space, back)[i], plusZero), Array.from(values, plusZero));
        }
      }),
    );
  });

  it('are refused where choices are not one-hot or numbers are out of bounds', () => {
    const space = dict({
      a: discrete(3),
      b: multiDiscrete([2, 2]),
      c: box(0, [1, 9], [2], 'u8'),
      d: multiBinary(1),
    });
    const { unflatten } = layout(space);
    const good = [0, 1, 0, 1, 0, 0, 1, 1, 9, 1];
    assert.deepEqual(unflatten(good), {
      a: 1,
      b: Int32Array.of(0, 1),
      c: Uint8Array.of(1, 9),
      d: Int8Array.of(1),
    });
    const cases: [at: number, number, string][] = [
      [1, 0, 'unflatten: value.a: expected one 1 among 0s, got none'],
      [2, 1, 'unflatten: value.a: expected one 1 among 0s, got 1 at 2'],
      [6, 0.5, 'unflatten: value.b[1]: expected one 1 among 0s, got 0.5 at 1'],
      [8, 10, 'unflatten: value.c[1]: expected an integer in [0, 9], got 10'],
      [8, 0.5, 'unflatten: value.c[1]: expected an integer in [0, 9], got 0.5'],
      [9, Number.NaN, 'unflatten: value.d[0]: expected an integer in [0, 1], got NaN'],
    ];
    for (const [at, x, message] of cases)
      assert.throws(() => unflatten(good.with(at, x)), { name: 'RangeError', message });
    assert.throws(() => unflatten(good.slice(1)), {
      message: 'unflatten: expected 10 floats from 0 on, got 9 in all',
    });
    assert.throws(
      () => layout(space).flatten({}, new Float32Array(10), 1),
      /expected 10 floats from 1 on, got 10 in all/,
    );
  });
});

function plusZero(x: unknown): unknown {
  return x === 0 ? 0 : x;
}

function nest(elements: readonly unknown[], shape: readonly number[]): unknown {
  if (shape.length <= 1) return shape.length === 0 ? elements[0] : elements;
  const length = elements.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) =>
    nest(elements.slice(i * length, (i + 1) * length), shape.slice(1)),
  );
}
