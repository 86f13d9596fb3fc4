/** low ≤ x ≤ high and x finite: NaN compares false, and |±∞| is not below ∞. */
// @ts-ignore: decorator
@inline
function inside(x: v128, low: v128, high: v128): v128 {
  const within = v128.and(f32x4.ge(x, low), f32x4.le(x, high));
  return v128.and(within, f32x4.lt(f32x4.abs(x), f32x4.splat(Infinity)));
}

/** The first of n floats, from `k` on, that is outside its bounds, or −1. */
function firstOutside(column: usize, k: i32, n: i32, lows: usize, highs: usize, period: i32): i32 {
  for (; k < n; k++) {
    const x = load<f32>(column + (<usize>k << 2));
    const bound = <usize>(k % period) << 2;
    if (!(x >= load<f32>(lows + bound) && x <= load<f32>(highs + bound) && isFinite(x))) return k;
  }
  return -1;
}

/**
 * Index of the first of n floats that is not in [low, high], or −1. NaN and infinities are always outside; float k has
 * the bounds k mod period.
 *
 * @param period a multiple of 4
 */
export function outside(column: usize, n: i32, lows: usize, highs: usize, period: i32): i32 {
  const end = <usize>(n & ~3) << 2;
  const wrap = <usize>period << 2;
  let good = i32x4.splat(-1);
  if (period == 4) {
    const low = v128.load(lows);
    const high = v128.load(highs);
    for (let k: usize = 0; k < end; k += 16) good = v128.and(good, inside(v128.load(column + k), low, high));
  } else {
    let bound: usize = 0;
    for (let k: usize = 0; k < end; k += 16) {
      good = v128.and(good, inside(v128.load(column + k), v128.load(lows + bound), v128.load(highs + bound)));
      bound += 16;
      if (bound == wrap) bound = 0;
    }
  }
  // Where is asked only when there is one.
  return firstOutside(column, i32x4.all_true(good) ? n & ~3 : 0, n, lows, highs, period);
}

/** Index of the first of n i32 outside [0, count), or −1. */
export function outsideRange(column: usize, n: i32, count: i32): i32 {
  const counts = i32x4.splat(count);
  const end = <usize>(n & ~3) << 2;
  let good = i32x4.splat(-1);
  for (let k: usize = 0; k < end; k += 16) good = v128.and(good, i32x4.lt_u(v128.load(column + k), counts));
  for (let k = i32x4.all_true(good) ? n & ~3 : 0; k < n; k++) {
    if (load<u32>(column + (<usize>k << 2)) >= <u32>count) return k;
  }
  return -1;
}
