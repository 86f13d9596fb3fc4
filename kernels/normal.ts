import { cos4, log4, sin4 } from './math';
import { block0, block1, block2, block3, philoxBlocks } from './philox';

// The results of `normals4`.
export let cosines: v128 = f32x4.splat(0);
export let sines: v128 = f32x4.splat(0);

/**
 * Box and Muller's transform of 4 pairs of random words into 4 pairs of independent standard normal numbers, into
 * `cosines` and `sines`:
 *
 *   √(−2 ln u) cos 2πv  and  √(−2 ln u) sin 2πv,  u = a 2⁻³² in (0, 1], v = b 2⁻³²
 *
 * No number exceeds 6.661. Error 2.5e-7 of the radius.
 */
export function normals4(a: v128, b: v128): void {
  // Odd, so that u is not 0; the greatest words round to u = 1.
  const u = f32x4.mul(
    f32x4.convert_i32x4_u(v128.or(a, i32x4.splat(1))),
    f32x4.splat(2.3283064365386963e-10),
  );
  const radius = f32x4.sqrt(f32x4.mul(log4(u), f32x4.splat(-2)));
  // 2πv = (turns + ½ quarters) π/2 exactly, |rest| ≤ π/4: no digits are lost.
  const shifted = i32x4.add(b, i32x4.splat(0x20000000));
  const quarters = i32x4.shr_u(shifted, 30);
  const rest = i32x4.sub(v128.and(shifted, i32x4.splat(0x3fffffff)), i32x4.splat(0x20000000));
  const angle = f32x4.mul(f32x4.convert_i32x4_s(rest), f32x4.splat(1.4629180792671596e-9));
  const cos = f32x4.mul(radius, cos4(angle));
  const sin = f32x4.mul(radius, sin4(angle));
  // A quarter turn takes (cos, sin) to (−sin, cos).
  const odd = i32x4.shl(quarters, 31);
  const swapped = i32x4.shr_s(odd, 31);
  const sineSign = i32x4.shl(i32x4.shr_u(quarters, 1), 31);
  cosines = v128.xor(v128.bitselect(sin, cos, swapped), v128.xor(sineSign, odd));
  sines = v128.xor(v128.bitselect(cos, sin, swapped), sineSign);
}

// The results of `normalBlocks`.
export let normal0: v128 = f32x4.splat(0);
export let normal1: v128 = f32x4.splat(0);
export let normal2: v128 = f32x4.splat(0);
export let normal3: v128 = f32x4.splat(0);

/**
 * The 4 standard normal numbers of each of the blocks first … first + 3 of counters (k, timeLow, timeHigh, purpose),
 * into normal0 … normal3. A block's numbers 0 and 2 come of its words 0 and 2, its numbers 1 and 3 of words 1 and 3.
 */
export function normalBlocks(
  first: u32,
  timeLow: u32,
  timeHigh: u32,
  purpose: u32,
  key0: u32,
  key1: u32,
): void {
  philoxBlocks(first, timeLow, timeHigh, purpose, key0, key1);
  normals4(v128.shuffle<i64>(block0, block1, 0, 2), v128.shuffle<i64>(block0, block1, 1, 3));
  normal0 = v128.shuffle<i64>(cosines, sines, 0, 2);
  normal1 = v128.shuffle<i64>(cosines, sines, 1, 3);
  normals4(v128.shuffle<i64>(block2, block3, 0, 2), v128.shuffle<i64>(block2, block3, 1, 3));
  normal2 = v128.shuffle<i64>(cosines, sines, 0, 2);
  normal3 = v128.shuffle<i64>(cosines, sines, 1, 3);
}
