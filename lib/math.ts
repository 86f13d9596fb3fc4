/**
 * Elementary functions whose bits are the same on every machine: built from +, −, ×, ÷ and square root, which IEEE 754
 * rounds one way, where Math.sin and the like are left to the implementation.
 */

// π/2 in three parts: 24 bits, 29 bits, and what two doubles cannot hold. Small multiples of the first two are exact.
const HALF_PI_HIGH = Math.fround(Math.PI / 2);
const HALF_PI_LOW = Math.PI / 2 - HALF_PI_HIGH;
const HALF_PI_REST = 6.123233995736766e-17;
const PER_HALF_PI = 2 / Math.PI;

function quarters(x: number): number {
  return Math.round(x * PER_HALF_PI);
}

/** x − quarter · π/2 */
function reduce(x: number, quarter: number): number {
  return x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW - quarter * HALF_PI_REST;
}

/**
 * sin on [−π/4, π/4]: x + x³ P(x²), P interpolated at 6 Chebyshev nodes in 60-digit arithmetic; relative error 2e-17
 * before rounding. Few coefficients, because V8 loads each one anew in every round of a loop, and a short chain.
 */
function sinNearZero(x: number): number {
  const z = x * x;
  const z2 = z * z;
  const low = -0.16666666666666666 + z * 0.008333333333330934;
  const middle = -0.00019841269836735586 + z * 2.7557316090635477e-6;
  const high = -2.505112936290209e-8 + z * 1.5917950583002814e-10;
  return x + x * z * (low + z2 * (middle + z2 * high));
}

/** cos on [−π/4, π/4], where it is no less exact by way of the sine; who needs both computes that once. */
function cosNearZero(x: number): number {
  const sine = sinNearZero(x);
  return Math.sqrt(1 - sine * sine);
}

/** Sine; absolute error below 3e-16 for |x| ≤ 10⁵. */
export function sin(x: number): number {
  if (Math.abs(x) < 0.785) return sinNearZero(x);
  const quarter = quarters(x);
  const r = reduce(x, quarter);
  const value = quarter & 1 ? cosNearZero(r) : sinNearZero(r);
  return quarter & 2 ? -value : value;
}

/** Cosine; absolute error below 3e-16 for |x| ≤ 10⁵. */
export function cos(x: number): number {
  if (Math.abs(x) < 0.785) return cosNearZero(x);
  const quarter = quarters(x);
  const r = reduce(x, quarter);
  const value = quarter & 1 ? sinNearZero(r) : cosNearZero(r);
  return (quarter + 1) & 2 ? -value : value;
}

/** Natural logarithm; relative error below 1e-15 away from 1, absolute below 2e-16 near it. */
export function log(x: number): number {
  // 0, negative numbers, infinity and NaN: every implementation gives the same.
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return Math.log(x);
  let exponent = 0;
  let mantissa = x;
  while (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  // log m = 2 artanh s with s = (m − 1)/(m + 1), |s| < 0.172: 12 terms reach 2⁻⁵⁶.
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = sum * z + 1 / n;
  return exponent * Math.LN2 + 2 * s * sum;
}

/** eˣ; relative error below 1e-15. Beyond ±700 it is what it is there. */
export function exp(x: number): number {
  const bounded = Math.max(-700, Math.min(700, x));
  const n = Math.round(bounded / Math.LN2);
  // ln 2 in two parts: n times the first, of 32 bits, is exact.
  const r = bounded - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  // |r| ≤ 0.347: 14 terms of the series reach 2⁻⁵⁶.
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (sum * r) / k;
  return sum * powerOfTwo(n);
}

/** 2ⁿ for a normal result: Math.pow's bits are left to the implementation. */
function powerOfTwo(n: number): number {
  let result = 1;
  for (let factor = n < 0 ? 0.5 : 2, rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}
