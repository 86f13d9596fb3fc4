import assert from 'node:assert/strict';
import { extend } from '../../lib/records.ts';

describe('extend', () => {
  it('adds fields and replaces some, the record staying as it was', () => {
    const record = { kind: 'rollout', steps: 3 } as const;
    const next = extend(record, { kind: 'estimate' as const, scale: 2 });
    assert.deepEqual([next.kind, next.steps, next.scale], ['estimate', 3, 2]);
    assert.deepEqual(record, { kind: 'rollout', steps: 3 });
  });

  it('stays backed by the original: what happens to it later, shows', () => {
    const record = { values: [1], release: () => void record.values.pop() };
    const next = extend(extend(record, { a: 1 }), { b: 2 });
    next.release();
    assert.deepEqual(next.values, []);
  });

  it('does not see fields that another extension has', () => {
    const record = { x: 1 };
    extend(record, { y: 2 });
    assert.equal('y' in extend(record, { z: 3 }), false);
  });
});
