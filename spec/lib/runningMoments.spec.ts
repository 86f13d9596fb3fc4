import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CheckpointError } from '../../lib/errors.ts';
import type { Saved } from '../../lib/nouns.ts';
import { RunningMoments } from '../../lib/runningMoments.ts';
import { assertClose } from '../golden/golden.ts';

const SIZE = 3;
const row = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: SIZE, maxLength: SIZE });
const batches = fc.array(fc.array(row, { maxLength: 9 }), { minLength: 1, maxLength: 6 });

function merged(parts: readonly (readonly number[][])[], prior = 1e-4): RunningMoments {
  const moments = new RunningMoments(SIZE, prior);
  for (const rows of parts) moments.mergeRows(rows.flat(), rows.length);
  return moments;
}

describe('RunningMoments', () => {
  it('without a prior is the mean and variance of all rows, however they came', () => {
    fc.assert(
      fc.property(batches, (parts) => {
        const rows = parts.flat();
        fc.pre(rows.length > 0);
        const { mean, variance, count } = merged(parts, 0);
        assert.equal(count, rows.length);
        for (let i = 0; i < SIZE; i++) {
          const expected = rows.reduce((sum, each) => sum + each[i], 0) / rows.length;
          const squares = rows.reduce((sum, each) => sum + (each[i] - expected) ** 2, 0);
          assertClose([mean[i]], [expected], 1e-12, 'mean', 1e3);
          assertClose([variance[i]], [squares / rows.length], 1e-12, 'variance', 1e6);
        }
      }),
    );
  });

  it('goes on after save and load as if nothing had been', () => {
    fc.assert(
      fc.property(batches, batches, (before, after) => {
        const moments = merged(before);
        const restored = new RunningMoments(SIZE);
        restored.load(moments.save());
        for (const each of [moments, restored])
          for (const rows of after) each.mergeRows(rows.flat(), rows.length);
        assert.deepEqual(restored.save(), moments.save());
      }),
    );
  });

  it('refuses what cannot be moments, and is what it was', () => {
    const moments = merged([[[1, 2, 3]]]);
    const before = moments.save();
    const { mean, variance } = before.tensors;
    const wrong: Saved['tensors'][] = [
      { mean: { shape: [2], data: Float64Array.of(1, 2) } },
      { mean: { ...mean, data: Float64Array.of(1, Number.NaN, 0) } },
      { variance: { ...variance, data: Float64Array.of(1, -1, 0) } },
      { extra: mean },
    ];
    for (const tensors of wrong)
      assert.throws(
        () => moments.load({ tensors: { ...before.tensors, ...tensors }, values: {} }),
        CheckpointError,
      );
    assert.deepEqual(moments.save(), before);
  });
});
