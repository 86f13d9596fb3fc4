// lib/math.ts's sine and cosine, which says what they are: the same operations in the same order.

const HALF_PI_HIGH: f64 = 1.5707963705062866;
const HALF_PI_LOW: f64 = Math.PI / 2 - HALF_PI_HIGH;
const HALF_PI_REST: f64 = 6.123233995736766e-17;
const PER_HALF_PI: f64 = 2 / Math.PI;
const NEAR_ZERO: f64 = 0.785;

function reduce(x: f64, quarter: f64): f64 {
  return x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW - quarter * HALF_PI_REST;
}

function sinNearZero(x: f64): f64 {
  const z = x * x;
  const z2 = z * z;
  const low = -0.16666666666666666 + z * 0.008333333333330934;
  const middle = -0.00019841269836735586 + z * 2.7557316090635477e-6;
  const high = -2.505112936290209e-8 + z * 1.5917950583002814e-10;
  return x + x * z * (low + z2 * (middle + z2 * high));
}

function cosNearZero(x: f64): f64 {
  const sine = sinNearZero(x);
  return Math.sqrt(1 - sine * sine);
}

export function sin(x: f64): f64 {
  if (Math.abs(x) < NEAR_ZERO) return sinNearZero(x);
  const quarter = Math.round(x * PER_HALF_PI);
  const r = reduce(x, quarter);
  const which = <i64>quarter;
  const value = which & 1 ? cosNearZero(r) : sinNearZero(r);
  return which & 2 ? -value : value;
}

export function cos(x: f64): f64 {
  if (Math.abs(x) < NEAR_ZERO) return cosNearZero(x);
  const quarter = Math.round(x * PER_HALF_PI);
  const r = reduce(x, quarter);
  const which = <i64>quarter;
  const value = which & 1 ? sinNearZero(r) : cosNearZero(r);
  return (which + 1) & 2 ? -value : value;
}
