import assert from 'node:assert/strict';
import fc from 'fast-check';
import { box } from '../../../lib/space/box.ts';
import { sameSpace } from '../../../lib/space/space.ts';
import { spaceFromJson } from '../../../lib/space/spaceFromJson.ts';

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
          assert.equal(space.problem(Float64Array.from(value)), undefined);
          assert.equal(space.contains(value), true);
        }
      }),
    );
  });

  it('names the first element that is outside, its bounds and what it is', () => {
    fc.assert(
      fc.property(boxes, fc.nat(), fc.boolean(), ({ shape, low, high }, pick, above) => {
        const space = box(low, high, shape);
        const value = low.map((l, i) => (Number.isFinite(l) ? l : Math.min(0, high[i])));
        const i = pick % value.length;
        const edge = above ? high[i] : low[i];
        if (!Number.isFinite(edge) || !value.every(Number.isFinite)) return;
        value[i] = edge + (above ? 1 : -1);
        assert.equal(
          space.problem(value, 'here'),
          `here[${i}]: expected a finite number in [${low[i]}, ${high[i]}], got ${value[i]}`,
        );
        assert.equal(space.contains(value), false);
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
    const expected = 'value: expected 4 numbers of shape [2, 2], got';
    assert.equal(space.problem([0, 0, 0]), `${expected} 3`);
    assert.equal(space.problem(new Float32Array(5)), `${expected} 5`);
    assert.equal(space.problem(1), `${expected} number`);
    assert.equal(space.problem('0000'), `${expected} string`);
    assert.equal(space.problem(undefined), `${expected} undefined`);
    assert.equal(space.problem(null), `${expected} null`);
    assert.equal(space.problem(new DataView(new ArrayBuffer(4))), `${expected} object`);
    assert.match(space.problem([0, 0, '0', 0]) ?? '', /^value\[2\]: .* got 0$/);
    assert.match(space.problem(new BigInt64Array(4)) ?? '', /^value\[0\]/);
    assert.match(space.problem([0, undefined, 0, 0]) ?? '', /^value\[1\]: .* got undefined$/);
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

  it('comes back from JSON, infinities too', () => {
    fc.assert(
      fc.property(boxes, ({ shape, low, high }) => {
        const space = box(low, high, shape);
        const back = spaceFromJson(JSON.parse(JSON.stringify(space)));
        assert.ok(back.type === 'Box');
        assert.deepEqual(back.shape, shape);
        // JSON has no −0.
        assert.deepEqual(
          Array.from(back.low),
          low.map((x) => x + 0),
        );
        assert.deepEqual(
          Array.from(back.high),
          high.map((x) => x + 0),
        );
        assert.equal(sameSpace(space, back), true);
      }),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(box(0, [1, Number.POSITIVE_INFINITY], [2]))), {
      type: 'Box',
      dtype: 'f32',
      shape: [2],
      low: 0,
      high: [1, 'Infinity'],
    });
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
    ];
    for (const [make, message] of cases) assert.throws(make, { name: 'RangeError', message });
  });
});

describe('sameSpace', () => {
  it('tells shapes and bounds apart', () => {
    const space = box(0, 1, [4]);
    assert.equal(sameSpace(space, box([0, 0, 0, 0], 1, [4])), true);
    for (const other of [box(0, 1, [2, 2]), box(0, 2, [4]), box([0, 0, 0, -1], 1, [4]), box(0, 1, [5])])
      assert.equal(sameSpace(space, other), false);
  });
});
