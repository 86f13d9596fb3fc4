import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bench } from '../../bench/main.ts';
import { dict20 } from '../../bench/workloads/flattenDict.ts';
import { flatten, planOf } from '../../bench/workloads/flattenRecursion.ts';
import { layout } from '../../lib/space/layout.ts';
import { valuesOf } from '../laws/arbitraries.ts';
import { printed } from './output.ts';

describe('bench flatten', () => {
  it('races a rival that does the same work', () => {
    const { leaves, size, flatten: expect } = layout(dict20);
    assert.equal(leaves.length, 20);
    fc.assert(
      fc.property(valuesOf(dict20), (value) => {
        const [actual, expected] = [new Float32Array(size), new Float32Array(size)];
        expect(value, expected);
        assert.equal(flatten(planOf(dict20), value, actual, 0), size);
        assert.deepEqual(actual, expected);
      }),
    );
  });

  it('says how much faster, and how much it has to be', async () => {
    const { lines } = await printed(() => bench(['flatten', '--quick', '--repeat', '1', '--json']));
    const rows = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      rows.map(({ name, limit }) => [name, limit]),
      [
        ['flatten/dict20', 5],
        ['flatten/image', 0.5],
      ],
    );
    for (const { ratio, samplesPerSecond, note } of rows) {
      assert.ok(ratio > 0 && samplesPerSecond > 0);
      assert.match(note, /× the speed of .* \(at least [\d.]+: (met|missed)\)/);
    }
    assert.match(rows[0].note, /from structured values [\d.]+[kM]/);
  });
});
