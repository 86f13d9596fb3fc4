import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../../lib/random.ts';
import { discrete } from '../../../lib/space/discrete.ts';

describe('discrete', () => {
  it('contains start … start + n − 1 and no other integer', () => {
    const integers = fc.integer({ min: -100, max: 100 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), integers, integers, (n, start, value) => {
        assert.equal(discrete(n, start).contains(value), value >= start && value < start + n);
      }),
    );
  });

  it('says what was expected where, and what it got', () => {
    const space = discrete(3);
    for (const value of [3, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1n, undefined, null, true]) {
      assert.equal(space.problem(value, 'action'), `action: expected an integer in [0, 3), got ${value}`);
      assert.equal(space.contains(value), false);
    }
    assert.equal(space.problem('1', 'action'), 'action: expected an integer in [0, 3), got "1"');
    assert.equal(space.problem([1], 'action'), 'action: expected an integer in [0, 3), got an array');
    assert.equal(space.problem(Object.create(null)), 'value: expected an integer in [0, 3), got object');
    assert.equal(space.problem(2, 'action'), undefined);
  });

  it('refuses an n that is no positive integer', () => {
    for (const n of [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, [] as unknown as number]) {
      const got = Array.isArray(n) ? 'an array' : n;
      const message = `discrete: n must be a positive integer, got ${got}`;
      assert.throws(() => discrete(n), { name: 'RangeError', message });
    }
  });

  it('refuses choices that do not fit into 32 bits', () => {
    assert.throws(() => discrete(2 ** 31), {
      message: 'discrete: n must be a positive integer, got 2147483648',
    });
    for (const start of [1.5, 2 ** 31 - 1, -(2 ** 31) - 1, Number.NaN, null as unknown as number])
      assert.throws(() => discrete(2, start), {
        name: 'RangeError',
        message: /^discrete: start must be an integer/,
      });
    assert.equal(discrete(2, 2 ** 31 - 2).contains(2 ** 31 - 1), true);
  });

  it('draws each choice that its mask allows about as often', () => {
    const random = new Random(1);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[discrete(5, -2).sample(random, [1, 0, 1, 1, 0]) + 2]++;
    assert.deepEqual([counts[1], counts[4]], [0, 0]);
    // Five standard deviations.
    for (const i of [0, 2, 3])
      assert.ok(Math.abs(counts[i] - 1000) < 5 * Math.sqrt(3000 * (1 / 3) * (2 / 3)));
  });
});
