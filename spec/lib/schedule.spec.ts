import assert from 'node:assert/strict';
import fc from 'fast-check';
import { at } from '../../lib/schedule.ts';

const value = fc.double({ min: 0, max: 1000, noNaN: true });
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const shape = fc.constantFrom('linear', 'cosine', undefined);
const near = (a: number, b: number, scale: number) =>
  assert.ok(Math.abs(a - b) <= 1e-15 * scale, `${a} ≠ ${b}`);

describe('schedule', () => {
  it('is constant where it is a number', () => {
    fc.assert(fc.property(value, fc.double(), (v, progress) => assert.equal(at(v, progress), v)));
  });

  it('begins at from and ends at to, also beyond the ends', () => {
    fc.assert(
      fc.property(
        value,
        value,
        shape,
        fc.double({ min: 0, max: 9, noNaN: true }),
        (from, to, shape, beyond) => {
          assert.equal(at({ from, to, shape }, -beyond), from);
          near(at({ from, to, shape }, 1 + beyond), to, from + to);
          assert.equal(at({ from, to: 0, shape }, 1), 0);
        },
      ),
    );
  });

  it('is a straight line unless it is a cosine', () => {
    fc.assert(
      fc.property(value, value, unit, (from, to, p) => {
        const expected = (1 - p) * from + p * to;
        near(at({ from, to }, p), expected, from + to);
        near(at({ from, to, shape: 'linear' }, p), expected, from + to);
      }),
    );
  });

  it('is half a cosine: symmetric about the middle, flat at both ends', () => {
    fc.assert(
      fc.property(value, value, unit, (from, to, p) => {
        const cosine = (p: number) => at({ from, to, shape: 'cosine' }, p);
        near(cosine(p), to + ((from - to) * (1 + Math.cos(Math.PI * p))) / 2, from + to);
        near(cosine(p) + cosine(1 - p), from + to, from + to);
      }),
    );
    assert.ok(at({ from: 0, to: 1, shape: 'cosine' }, 0.01) < 0.00025);
  });

  it('stays between its ends, and moves one way', () => {
    fc.assert(
      fc.property(value, value, shape, unit, unit, (from, to, shape, p, q) => {
        const [early, late] = [Math.min(p, q), Math.max(p, q)].map((done) => at({ from, to, shape }, done));
        const slack = 1e-15 * (from + to);
        assert.ok(early >= Math.min(from, to) - slack && early <= Math.max(from, to) + slack);
        assert.ok((late - early) * Math.sign(to - from) >= -slack);
      }),
    );
  });
});
