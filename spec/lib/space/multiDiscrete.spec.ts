import assert from 'node:assert/strict';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';

describe('multiDiscrete', () => {
  it('takes its shape, sizes and starts from nested arrays, and values flat or nested', () => {
    const space = multiDiscrete(
      [
        [2, 3],
        [4, 2],
      ],
      [
        [0, 1],
        [-1, 2],
      ],
    );
    assert.deepEqual(space.shape, [2, 2]);
    assert.deepEqual([...space.nvec], [2, 3, 4, 2]);
    const rows = [
      [1, 3],
      [-1, 2],
    ];
    for (const value of [rows, rows.flat(), Int32Array.from(rows.flat())])
      assert.equal(space.problem(value), undefined);
    assert.equal(space.problem([0, 0, 0, 2]), 'value[1]: expected an integer in [1, 4), got 0');
    assert.equal(
      space.problem(new BigInt64Array(4)),
      'value: expected 4 numbers of shape [2, 2] as i32, got the wrong dtype: BigInt64Array',
    );
  });

  it('refuses sizes and starts that make no sense', () => {
    const cases: [() => unknown, string][] = [
      [() => multiDiscrete([]), 'multiDiscrete: shape must hold positive integers, got [0]'],
      [() => multiDiscrete(3 as never), 'multiDiscrete: nvec must be an array, and not empty'],
      [() => multiDiscrete([2, 0]), 'multiDiscrete: nvec[1] must be a positive integer, got 0'],
      [() => multiDiscrete([2, '3' as never]), 'multiDiscrete: nvec[1] must be a positive integer, got "3"'],
      [
        () => multiDiscrete([[2], [2, 2]]),
        'multiDiscrete: nvec: expected 2 numbers of shape [2, 1], got nested arrays of another shape',
      ],
      [() => multiDiscrete([2, 2], [0]), 'multiDiscrete: start: expected 2 numbers of shape [2], got 1'],
      [
        () => multiDiscrete([2, 2], [0, 0.5]),
        'multiDiscrete: start[1] must be an integer, and the values must fit into 32 bits, got 0.5',
      ],
    ];
    for (const [make, message] of cases) assert.throws(make, { name: 'RangeError', message });
  });
});

describe('multiBinary', () => {
  it('has as many bits as its shape says', () => {
    assert.deepEqual([multiBinary(5).shape, multiBinary([2, 3]).size], [[5], 6]);
    const bits = multiBinary([2, 2]);
    assert.equal(
      bits.problem([
        [0, 1],
        [1, 0],
      ]),
      undefined,
    );
    assert.equal(bits.problem(Int8Array.of(0, 1, 1, 2), 'flags'), 'flags[3]: expected 0 or 1, got 2');
    assert.equal(bits.problem([true, 0, 0, 0]), 'value[0]: expected 0 or 1, got true');
  });

  it('refuses shapes that make no sense', () => {
    for (const shape of [0, 1.5, [], [2, 0], 'ab' as never])
      assert.throws(() => multiBinary(shape), RangeError);
  });
});
