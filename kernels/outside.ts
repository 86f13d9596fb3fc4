/** Where 4 floats, 16 bytes or 4 i32 are in [low, high]; no NaN and no infinity is. */
// @ts-ignore: decorator
@inline
function inside<T>(x: v128, low: v128, high: v128): v128 {
  const within = v128.and(v128.ge<T>(x, low), v128.le<T>(x, high));
  // |±∞| is not below ∞; NaN compares false.
  return isFloat<T>() ? v128.and(within, f32x4.lt(f32x4.abs(x), f32x4.splat(Infinity))) : within;
}

/** The first of n elements, from `k` on, that is outside its bounds, or −1. */
function firstOutside<T>(column: usize, k: i32, n: i32, lows: usize, highs: usize, period: i32): i32 {
  for (; k < n; k++) {
    const x = load<T>(column + <usize>k * sizeof<T>());
    const bound = <usize>(k % period) * sizeof<T>();
    if (!(x >= load<T>(lows + bound) && x <= load<T>(highs + bound))) return k;
    if (isFloat<T>() && !isFinite(x)) return k;
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function search<T>(column: usize, n: i32, lows: usize, highs: usize, period: i32): i32 {
  const whole = n & -(16 / <i32>sizeof<T>());
  const end = <usize>whole * sizeof<T>();
  const wrap = <usize>period * sizeof<T>();
  let good = i32x4.splat(-1);
  if (wrap == 16 && end && isInteger<T>()) {
    let least = v128.load(column);
    let most = least;
    let k: usize = 16;
    for (; k + 64 <= end; k += 64) {
      const a = v128.load(column + k);
      const b = v128.load(column + k, 16);
      const c = v128.load(column + k, 32);
      const d = v128.load(column + k, 48);
      least = v128.min<T>(least, v128.min<T>(v128.min<T>(a, b), v128.min<T>(c, d)));
      most = v128.max<T>(most, v128.max<T>(v128.max<T>(a, b), v128.max<T>(c, d)));
    }
    for (; k < end; k += 16) {
      const x = v128.load(column + k);
      least = v128.min<T>(least, x);
      most = v128.max<T>(most, x);
    }
    good = v128.and(v128.ge<T>(least, v128.load(lows)), v128.le<T>(most, v128.load(highs)));
  } else if (wrap == 16 && end) {
    // Infinities are outside of every bounds.
    const low = f32x4.max(v128.load(lows), f32x4.splat(-f32.MAX_VALUE));
    const high = f32x4.min(v128.load(highs), f32x4.splat(f32.MAX_VALUE));
    let k: usize = 0;
    do {
      const x = v128.load(column + k);
      good = v128.and(good, v128.and(v128.ge<T>(x, low), v128.le<T>(x, high)));
      k += 16;
    } while (k < end);
  } else {
    let bound: usize = 0;
    for (let k: usize = 0; k < end; k += 16) {
      const x = v128.load(column + k);
      good = v128.and(good, inside<T>(x, v128.load(lows + bound), v128.load(highs + bound)));
      bound += 16;
      if (bound == wrap) bound = 0;
    }
  }
  // Where is asked only when there is one.
  return firstOutside<T>(column, i8x16.all_true(good) ? whole : 0, n, lows, highs, period);
}

/**
 * Index of the first of n floats that is not in [low, high], or −1. NaN and infinities are always outside; float k has
 * the bounds k mod period.
 *
 * @param period a multiple of 4
 */
export function outside(column: usize, n: i32, lows: usize, highs: usize, period: i32): i32 {
  return search<f32>(column, n, lows, highs, period);
}

/** The same of u8; `period` is a multiple of 16. */
export function outsideBytes(column: usize, n: i32, lows: usize, highs: usize, period: i32): i32 {
  return search<u8>(column, n, lows, highs, period);
}

/** The same of i8; `period` is a multiple of 16. */
export function outsideSignedBytes(
  column: usize,
  n: i32,
  lows: usize,
  highs: usize,
  period: i32,
): i32 {
  return search<i8>(column, n, lows, highs, period);
}

/** The same of i32; `period` is a multiple of 4. */
export function outsideIntegers(column: usize, n: i32, lows: usize, highs: usize, period: i32): i32 {
  return search<i32>(column, n, lows, highs, period);
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
