import assert from 'node:assert/strict';
import fc from 'fast-check';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { sameSpace } from '../../../lib/space/space.ts';
import { spaceFromJson } from '../../../lib/space/spaceFromJson.ts';

describe('discrete', () => {
  it('contains 0 … n − 1 and no other integer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: -100, max: 100 }), (n, value) => {
        assert.equal(discrete(n).contains(value), value >= 0 && value < n);
      }),
    );
  });

  it('says what was expected where, and what it got', () => {
    const space = discrete(3);
    for (const value of [3, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', undefined, null, true]) {
      assert.equal(space.problem(value, 'action'), `action: expected an integer in [0, 3), got ${value}`);
      assert.equal(space.contains(value), false);
    }
    assert.equal(space.problem(2, 'action'), undefined);
  });

  it('comes back from JSON', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (n, m) => {
        const back = spaceFromJson(JSON.parse(JSON.stringify(discrete(n))));
        assert.ok(back.type === 'Discrete');
        assert.equal(back.n, n);
        assert.equal(sameSpace(back, discrete(m)), n === m);
      }),
    );
  });

  it('refuses an n that is no positive integer', () => {
    for (const n of [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, '2' as unknown as number]) {
      const message = `discrete: n must be a positive integer, got ${n}`;
      assert.throws(() => discrete(n), { name: 'RangeError', message });
    }
  });
});

describe('spaceFromJson', () => {
  it('refuses what describes no space', () => {
    for (const json of [null, undefined, 3, {}, [], { type: 'Dict' }]) {
      assert.throws(() => spaceFromJson(json), {
        name: 'TypeError',
        message: /expected a Box or a Discrete, got/,
      });
    }
    assert.throws(() => spaceFromJson({ type: 'Discrete' }), RangeError);
    assert.throws(() => spaceFromJson({ type: 'Box', low: 0, high: 1 }), TypeError);
    assert.throws(() => spaceFromJson({ type: 'Box', low: 'deep', high: 1, shape: [1] }), RangeError);
  });

  it('does not take a Box for a Discrete', () => {
    assert.equal(sameSpace(box(0, 1, [1]), discrete(2)), false);
  });
});
