import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../../lib/random.ts';
import { box } from '../../../lib/space/box.ts';
import { type Dtype, dtypes } from '../../../lib/space/dtype.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const [lowest, highest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
/** Lower and upper bound of an element. */
const interval = fc
  .tuple(number, number, fc.boolean(), fc.boolean())
  .map(
    ([a, b, below, above]) => [below ? lowest : Math.min(a, b), above ? highest : Math.max(a, b)] as const,
  );
const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A shape with lower and upper bounds for each element. */
const boxes = shapes.chain((shape) =>
  fc
    .array(interval, { minLength: product(shape), maxLength: product(shape) })
    .map((pairs) => ({ shape, low: pairs.map(([low]) => low), high: pairs.map(([, high]) => high) })),
);

describe('box', () => {
  it('contains its finite bounds, also as the float32 that columns hold, and what is between them', () => {
    fc.assert(
      fc.property(boxes, fc.double({ min: 0, max: 1, noNaN: true }), ({ shape, low, high }, weight) => {
        const space = box(low, high, shape);
        const finite = (x: number) => Math.max(-1e6, Math.min(1e6, x));
        const between = low.map((l, i) => finite(l) + (finite(high[i]) - finite(l)) * weight);
        for (const value of [low.map(finite), high.map(finite), between]) {
          assert.equal(space.problem(value), undefined);
          assert.equal(space.problem(Float32Array.from(value)), undefined);
          assert.equal(space.contains(value), true);
        }
      }),
    );
  });

  it('does not contain what is not finite as a float32, as envs do not', () => {
    const space = box(lowest, highest, [1]);
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39]) {
      assert.equal(
        space.problem([x]),
        `value[0]: expected a finite number in [-Infinity, Infinity], got ${x}`,
      );
    }
    assert.equal(space.contains([3.4e38]), true);
  });

  it('does not contain other lengths, types and elements', () => {
    const space = box(0, 1, [2, 2]);
    const expected = 'value: expected 4 numbers of shape [2, 2]';
    assert.equal(space.problem([0, 0, 0]), `${expected}, got 3`);
    assert.equal(space.problem(new Float32Array(5)), `${expected}, got 5`);
    assert.equal(space.problem(1), `${expected}, got 1`);
    assert.equal(space.problem('0000'), `${expected}, got "0000"`);
    assert.equal(space.problem(undefined), `${expected}, got undefined`);
    assert.equal(space.problem(null), `${expected}, got null`);
    assert.equal(space.problem([[0, 0], [0]]), `${expected}, got nested arrays of another shape`);
    assert.equal(
      space.problem([
        [0, 0],
        [0, [0]],
      ]),
      `${expected}, got nested arrays of another shape`,
    );
    for (const array of [new Float64Array(4), new BigInt64Array(4), new DataView(new ArrayBuffer(4))]) {
      const { name } = array.constructor;
      assert.equal(space.problem(array), `${expected} as f32, got the wrong dtype: ${name}`);
    }
    assert.equal(space.problem([0, 0, '0', 0]), 'value[2]: expected a finite number in [0, 1], got "0"');
    assert.equal(
      space.problem([0, undefined, 0, 0]),
      'value[1]: expected a finite number in [0, 1], got undefined',
    );
  });

  it('knows the values of each element type', () => {
    const contained: [Dtype, readonly (number | bigint)[], readonly unknown[]][] = [
      ['u8', [0, 255], [-1, 256, 0.5, 1n]],
      ['i8', [-128, 127], [-129, 128]],
      ['u16', [65535], [65536, -1]],
      ['i16', [-32768], [32768]],
      ['u32', [2 ** 32 - 1], [2 ** 32]],
      ['i32', [-(2 ** 31)], [2 ** 31]],
      ['i64', [-(2n ** 63n), 2n ** 63n - 1n, 2 ** 53 - 1], [2n ** 63n, 2 ** 53, 0.5]],
      ['u64', [0n, 2n ** 64n - 1n], [-1n, -1, 2n ** 64n]],
      ['f32', [3.4e38], [3.5e38, 1n, Number.POSITIVE_INFINITY]],
      ['f64', [1.7e308], [Number.NEGATIVE_INFINITY, 1n]],
    ];
    for (const [dtype, inside, outside] of contained) {
      const space = box(lowest, highest, [], dtype);
      for (const value of inside) assert.equal(space.problem(value), undefined);
      for (const value of outside) assert.equal(space.contains(value), false, `${dtype} ${value}`);
    }
  });

  it('takes nested arrays, row by row', () => {
    const space = box([0, 1, 2, 3], [0, 1, 2, 3], [2, 2]);
    assert.equal(space.contains([0, 1, 2, 3]), true);
    assert.equal(
      space.contains([
        [0, 1],
        [2, 3],
      ]),
      true,
    );
    assert.match(
      space.problem([
        [0, 2],
        [1, 3],
      ]) ?? '',
      /^value\[1\]/,
    );
  });

  it('has as many elements as its shape says', () => {
    assert.equal(box(0, 1, []).size, 1);
    assert.equal(box(0, 1, [3]).size, 3);
    assert.equal(box(0, 1, [2, 3, 4]).size, 24);
    assert.deepEqual([...box(-1, [1, 2], [2]).high], [1, 2]);
    assert.deepEqual([...box(-1, [1, 2], [2]).low], [-1, -1]);
  });

  it('writes equal bounds as one, and infinities in words', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(box(0, [1, Number.POSITIVE_INFINITY], [2]))), {
      type: 'Box',
      dtype: 'f32',
      shape: [2],
      low: 0,
      high: [1, 'Infinity'],
    });
  });

  it('draws uniformly between finite bounds, exponentially from one, normally without', () => {
    const space = box([-2, -3, lowest, lowest], [2, highest, 5, highest], [4], 'f64');
    const random = new Random(7);
    const rows = Array.from({ length: 4000 }, () => space.sample(random));
    const mean = (f: (row: Float64Array) => number) =>
      rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
    // Mean and variance are 0 and 16/12, 1 and 1, −1 and 1, 0 and 1; within five standard errors.
    const expected = [0, -2, 4, 0];
    const variance = [4 / 3, 1, 1, 1];
    for (let i = 0; i < 4; i++) {
      assert.ok(
        Math.abs(mean((row) => row[i]) - expected[i]) < 5 * Math.sqrt(variance[i] / 4000),
        `mean ${i}`,
      );
      const spread = mean((row) => (row[i] - expected[i]) ** 2);
      assert.ok(Math.abs(spread / variance[i] - 1) < 5 * Math.sqrt(8 / 4000), `variance ${i}`);
    }
  });

  it('keeps its bounds and shape when the arrays it was made of change', () => {
    const [low, shape] = [[0, 0], [2]];
    const space = box(low, 1, shape);
    low[0] = -5;
    shape[0] = 3;
    assert.equal(space.contains([-1, 0]), false);
    assert.deepEqual(space.shape, [2]);
  });

  it('refuses bounds and shapes that make no sense', () => {
    const cases: [() => unknown, string][] = [
      [() => box(1, 0, [1]), 'box: expected low[0] ≤ high[0], got 1 and 0'],
      [() => box([0, 0], [1, -1], [2]), 'box: expected low[1] ≤ high[1], got 0 and -1'],
      [() => box(Number.NaN, 1, [1]), 'box: expected low[0] ≤ high[0], got NaN and 1'],
      [() => box(0, Number.NaN, [1]), 'box: expected low[0] ≤ high[0], got 0 and NaN'],
      [() => box([0], 1, [2]), 'box: expected 2 low bounds, got 1'],
      [() => box(0, [1, 1, 1], [2]), 'box: expected 2 high bounds, got 3'],
      [() => box(0, 1, [0]), 'box: shape must hold positive integers, got [0]'],
      [() => box(0, 1, [2, -1]), 'box: shape must hold positive integers, got [2, -1]'],
      [() => box(0, 1, [1.5]), 'box: shape must hold positive integers, got [1.5]'],
      [() => box(0, 1, undefined as never), 'box: shape must hold positive integers, got undefined'],
      [
        () => box(0, 1, [2 ** 20, 2 ** 8]),
        'box: expected at most 134217728 elements, got the shape [1048576, 256]',
      ],
      [() => box(0, 1, [1], 'f16' as never), `box: dtype must be one of ${dtypes.join(', ')}, got "f16"`],
      [() => box(0, 256, [1], 'u8'), 'box: expected high[0] to be a value of u8, got 256'],
      [() => box(0.5, 1, [1], 'i32'), 'box: expected low[0] to be a value of i32, got 0.5'],
      [() => box(-1e39, 0, [1]), 'box: expected low[0] to be a value of f32, got -1e+39'],
      [() => box(highest, highest, [1]), 'box: expected low[0] ≤ high[0], got Infinity and Infinity'],
      [() => box(lowest, lowest, [1]), 'box: expected low[0] ≤ high[0], got -Infinity and -Infinity'],
      [() => box(lowest, lowest, [1], 'u8'), 'box: expected low[0] ≤ high[0], got 0 and -Infinity'],
      [() => box(null as never, 1, [1]), 'box: expected 1 low bounds, got null'],
      [() => box(['0'] as never, 1, [1]), 'box: expected low[0] to be a number, got "0"'],
    ];
    for (const [make, message] of cases) assert.throws(make, { name: 'RangeError', message });
  });
});
