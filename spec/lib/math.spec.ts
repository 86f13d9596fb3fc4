import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cos, exp, log, sin } from '../../lib/math.ts';

/** sin and cos of a rational angle p / q, correct to 40 digits: Taylor series on big integers. */
function exactly(x: number, firstTerm: 0 | 1): number {
  // Every double below 2¹⁷ in magnitude is a multiple of 2⁻¹⁰⁷⁴; small ones are rounded to 2⁻²⁰⁰.
  const bits = 200n;
  const one = 1n << bits;
  let scaled = 0n;
  let rest = x;
  for (let shift = 0n; rest !== 0 && shift < bits; shift += 50n) {
    const whole = Math.trunc(rest);
    scaled += BigInt(whole) << (bits - shift);
    rest = (rest - whole) * 2 ** 50;
  }
  const twoPi = 2n * (16n * arctanInverse(5n, one) - 4n * arctanInverse(239n, one));
  scaled %= twoPi;
  let term = firstTerm ? scaled : one;
  let sum = 0n;
  for (let k = BigInt(firstTerm); term !== 0n; k += 2n) {
    sum += term;
    term = -(((((term * scaled) >> bits) * scaled) >> bits) / ((k + 1n) * (k + 2n)));
    if (term === -1n) break;
  }
  return Number(sum >> (bits - 80n)) / 2 ** 80;
}

/** arctan(1/n), for Machin's formula. */
function arctanInverse(n: bigint, one: bigint): bigint {
  let power = one / n;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += (k % 4n === 1n ? power : -power) / k;
    power /= n * n;
  }
  return sum;
}

const angles = fc.oneof(
  fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  // Where the reduction changes quarter, and where results are near 0.
  fc
    .tuple(fc.integer({ min: -127_000, max: 127_000 }), fc.integer({ min: -3, max: 3 }))
    .map(([eighths, ulps]) => (eighths * Math.PI) / 4 + ulps * 2 ** -37)
    .filter((x) => Math.abs(x) <= 1e5),
);

describe('the reference for sin and cos', () => {
  it('knows some values', () => {
    assert.equal(exactly(0, 0), 1);
    assert.ok(Math.abs(exactly(0.5, 1) - 0.479425538604203) < 1e-15);
    assert.ok(Math.abs(exactly(-99999.25, 0) - Math.cos(-99999.25)) < 2e-16);
  });
});

describe('sin and cos', () => {
  it('err by less than 3e-16 up to 10⁵', () => {
    fc.assert(
      fc.property(angles, (x) => {
        assert.ok(Math.abs(sin(x) - exactly(x, 1)) < 3e-16, `sin ${x}`);
        assert.ok(Math.abs(cos(x) - exactly(x, 0)) < 3e-16, `cos ${x}`);
      }),
      { numRuns: 1500 },
    );
  });

  it('agree with Math.sin and Math.cos to 5e-16 on a dense grid', () => {
    for (let k = -200_000; k <= 200_000; k++) {
      const x = k * 1.234e-4;
      if (!(Math.abs(sin(x) - Math.sin(x)) < 5e-16 && Math.abs(cos(x) - Math.cos(x)) < 5e-16))
        assert.fail(`${x}`);
    }
  });

  it('are odd and even, and keep small angles', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: 1e5, noNaN: true }), (x) => {
        assert.equal(sin(-x), -sin(x));
        assert.equal(cos(-x), cos(x));
      }),
    );
    for (const x of [0, 5e-324, 1e-300, 1e-9]) assert.equal(sin(x), x);
    assert.equal(cos(0), 1);
    assert.equal(cos(Math.PI), -1);
  });

  it('are NaN of what is no angle', () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.ok(Number.isNaN(sin(x)));
      assert.ok(Number.isNaN(cos(x)));
    }
  });
});

describe('log', () => {
  const normal = fc.double({ min: 2.2250738585072014e-308, max: Number.MAX_VALUE, noNaN: true });

  it('errs by less than 1e-15 of the value away from 1', () => {
    fc.assert(
      fc.property(normal, (x) => {
        if (x > 0.5 && x < 2) return;
        assert.ok(Math.abs(log(x) - Math.log(x)) < 1e-15 * Math.abs(Math.log(x)), `${x}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('errs by less than 2e-16 near 1', () => {
    fc.assert(
      fc.property(fc.double({ min: Math.SQRT1_2, max: Math.SQRT2, noNaN: true }), (x) => {
        assert.ok(Math.abs(log(x) - Math.log(x)) < 2e-16, `${x}`);
      }),
      { numRuns: 2000 },
    );
    // log(1 + h) = h − h²/2 + …: where Math.log need not be trusted.
    for (const h of [2 ** -52, 2 ** -40, -(2 ** -53)])
      assert.ok(Math.abs(log(1 + h) - (h - (h * h) / 2)) < 1e-30);
  });

  it('knows what has no finite logarithm', () => {
    assert.equal(log(0), Number.NEGATIVE_INFINITY);
    assert.equal(log(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(log(-1)) && Number.isNaN(log(Number.NaN)));
  });

  it('is exact at 1 and at powers of 2, up to rounding', () => {
    assert.equal(log(1), 0);
    for (let k = -1022; k <= 1023; k++) assert.equal(log(2 ** k), k * Math.LN2);
  });
});

describe('exp', () => {
  it('errs by less than 1e-15 of the result, and stays finite', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        const expected = Math.exp(x);
        assert.ok(Math.abs(exp(x) - expected) <= 1e-15 * expected, `${exp(x)}, not ${expected}`);
      }),
      { numRuns: 2000 },
    );
    assert.equal(exp(0), 1);
    assert.equal(exp(Number.NEGATIVE_INFINITY), exp(-700));
    assert.ok(exp(1e9) < Number.POSITIVE_INFINITY);
  });
});
