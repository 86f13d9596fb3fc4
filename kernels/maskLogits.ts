import { PITCH } from './layout';
import { rowOf } from './rowOf';

/** The `count` bytes at `pointer`, at most 4, in a word. */
// @ts-ignore: decorator
@inline
function fewBytes(pointer: usize, count: i32): u32 {
  let word = <u32>load<u8>(pointer);
  if (count > 1) word |= <u32>load<u8>(pointer + 1) << 8;
  if (count > 2) word |= <u32>load<u8>(pointer + 2) << 16;
  return word;
}

/** Writes −Infinity to feature `to` in the lanes whose byte is 0. */
// @ts-ignore: decorator
@inline
function forbid(to: usize, bytes: v128): void {
  v128.store(to, v128.bitselect(f32x4.splat(-Infinity), v128.load(to), i32x4.eq(bytes, i32x4.splat(0))));
}

/**
 * logits[c][s] = −Infinity where masks[indices[s]][c] is 0: such a choice is never drawn, and has no gradient.
 *
 * @param masks u8 [·, choices]
 * @param logits block of `choices` features; samples past n may be overwritten to the end of their group of 4
 */
export function maskLogits(logits: usize, masks: usize, indices: usize, n: i32, choices: i32): void {
  const pitch = <usize>choices;
  for (let s = 0; s < n; s += 4) {
    // Lanes past n repeat the last sample.
    const a = masks + rowOf(indices, s) * pitch;
    const b = masks + rowOf(indices, min(s + 1, n - 1)) * pitch;
    const c = masks + rowOf(indices, min(s + 2, n - 1)) * pitch;
    const d = masks + rowOf(indices, min(s + 3, n - 1)) * pitch;
    const to = logits + (<usize>s << 2);
    if (choices < 4) {
      // Lane i holds the bytes of sample i.
      let words = i32x4.splat(fewBytes(a, choices));
      words = i32x4.replace_lane(words, 1, fewBytes(b, choices));
      words = i32x4.replace_lane(words, 2, fewBytes(c, choices));
      words = i32x4.replace_lane(words, 3, fewBytes(d, choices));
      for (let k = 0; k < choices; k++) {
        forbid(to + <usize>k * PITCH, v128.and(words, i32x4.shl(i32x4.splat(0xff), 8 * k)));
      }
      continue;
    }
    for (let k = 0; k < choices; k += 4) {
      // The last four choices may overlap the four before them.
      const at = <usize>min(k, choices - 4);
      let words = v128.load32_zero(a + at);
      words = v128.load_lane<i32>(b + at, words, 1);
      words = v128.load_lane<i32>(c + at, words, 2);
      words = v128.load_lane<i32>(d + at, words, 3);
      const row = to + at * PITCH;
      forbid(row, v128.and(words, i32x4.splat(0xff)));
      forbid(row + PITCH, v128.and(words, i32x4.splat(0xff00)));
      forbid(row + 2 * PITCH, v128.and(words, i32x4.splat(0xff0000)));
      forbid(row + 3 * PITCH, v128.and(words, i32x4.splat(0xff000000)));
    }
  }
}
