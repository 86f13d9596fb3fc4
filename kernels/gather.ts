import { PITCH, padded, span } from './layout';
import { rowOf } from './rowOf';
import { quarter, widenFour } from './widen';

/** Samples whose rows are read and whose features are written together: both stay in the first-level cache. */
const GROUP: i32 = 32;

/** Stores 4 features of 4 samples, a byte each, widened and scaled. */
// @ts-ignore: decorator
@inline
function storeBytes<T>(bytes: v128, scale: v128, to: usize): void {
  v128.store(to, f32x4.mul(quarter<T>(bytes, 0), scale));
  v128.store(to + PITCH, f32x4.mul(quarter<T>(bytes, 1), scale));
  v128.store(to + 2 * PITCH, f32x4.mul(quarter<T>(bytes, 2), scale));
  v128.store(to + 3 * PITCH, f32x4.mul(quarter<T>(bytes, 3), scale));
}

/** Transposes 16 bytes of 4 rows, at a, b, c, d, into 16 features of 4 samples, widened and scaled. */
// @ts-ignore: decorator
@inline
function transposeBytes<T>(a: usize, b: usize, c: usize, d: usize, scale: v128, to: usize): void {
  const va = v128.load(a);
  const vb = v128.load(b);
  const vc = v128.load(c);
  const vd = v128.load(d);
  let ab = v128.shuffle<i8>(va, vb, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  let cd = v128.shuffle<i8>(vc, vd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  storeBytes<T>(v128.shuffle<i16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11), scale, to);
  storeBytes<T>(v128.shuffle<i16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15), scale, to + 4 * PITCH);
  ab = v128.shuffle<i8>(va, vb, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  cd = v128.shuffle<i8>(vc, vd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  storeBytes<T>(v128.shuffle<i16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11), scale, to + 8 * PITCH);
  storeBytes<T>(v128.shuffle<i16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15), scale, to + 12 * PITCH);
}

/** Transposes 4 elements of 4 rows, at a, b, c, d, into 4 features of 4 samples, widened and scaled. */
// @ts-ignore: decorator
@inline
function transpose<T>(a: usize, b: usize, c: usize, d: usize, scale: v128, to: usize): void {
  if (sizeof<T>() == 1) {
    let words = v128.load32_zero(a);
    words = v128.load_lane<i32>(b, words, 1);
    words = v128.load_lane<i32>(c, words, 2);
    words = v128.load_lane<i32>(d, words, 3);
    const bytes = v128.shuffle<i8>(words, words, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    storeBytes<T>(bytes, scale, to);
    return;
  }
  const va = f32x4.mul(widenFour<T>(a), scale);
  const vb = f32x4.mul(widenFour<T>(b), scale);
  const vc = f32x4.mul(widenFour<T>(c), scale);
  const vd = f32x4.mul(widenFour<T>(d), scale);
  const abLow = v128.shuffle<f32>(va, vb, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(va, vb, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(vc, vd, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(vc, vd, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(to + PITCH, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
  v128.store(to + 2 * PITCH, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * PITCH, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** Reads a byte of every cache line of samples from .. to, so that these misses overlap; their bytes or-ed go to `sink`. */
function touch(
  rows: usize,
  pitch: usize,
  indices: usize,
  from: i32,
  to: i32,
  bytes: usize,
  sink: usize,
): void {
  let seen: u32 = 0;
  for (let s = from; s < to; s++) {
    const row = rows + rowOf(indices, s) * pitch;
    for (let at: usize = 0; at < bytes; at += 64) seen |= load<u8>(row + at);
    seen |= load<u8>(row + (bytes - 1));
  }
  store<u32>(sink, seen);
}

/** block[f][s] = scale · element f < count at rows + indices[s] · pitch. */
export function gatherElements<T>(
  rows: usize,
  pitch: usize,
  indices: usize,
  n: i32,
  count: i32,
  scale: f32,
  block: usize,
): void {
  const whole = count < 4 ? 0 : n & -4;
  const factor = f32x4.splat(scale);
  const bytes = <usize>count * sizeof<T>();
  for (let from = 0; from < whole; from += GROUP) {
    const end = min(from + GROUP, whole);
    const first = block + (<usize>from << 2);
    if (indices && bytes > 64) touch(rows, pitch, indices, from, end, bytes, first);
    for (let s = from; s < end; s += 4) {
      const a = rows + rowOf(indices, s) * pitch;
      const b = rows + rowOf(indices, s + 1) * pitch;
      const c = rows + rowOf(indices, s + 2) * pitch;
      const d = rows + rowOf(indices, s + 3) * pitch;
      const to = block + (<usize>s << 2);
      let f = 0;
      if (sizeof<T>() == 1) {
        for (; f + 16 <= count; f += 16) {
          transposeBytes<T>(a + f, b + f, c + f, d + f, factor, to + <usize>f * PITCH);
        }
      }
      for (; f < count; f += 4) {
        // The last four elements may overlap the four before them.
        const g = <usize>min(f, count - 4);
        const at = g * sizeof<T>();
        transpose<T>(a + at, b + at, c + at, d + at, factor, to + g * PITCH);
      }
    }
  }
  for (let s = whole; s < n; s++) {
    let from = rows + rowOf(indices, s) * pitch;
    let to = block + (<usize>s << 2);
    for (let f = 0; f < count; f++, from += sizeof<T>(), to += PITCH) {
      store<f32>(to, <f32>load<T>(from) * scale);
    }
  }
}

/** Writes 0 to the samples n … span(n) and to the features up to padded(features). */
export function clearPadding(features: i32, n: i32, block: usize): void {
  const end = span(n);
  for (let f = 0; f < padded(features); f++) {
    const row = block + <usize>f * PITCH;
    // Of a feature, only the last group of 8: it is cleared before samples are written to it.
    const start: usize = f < features ? (<usize>n & -8) << 2 : 0;
    for (let s = start; s < end; s += 16) v128.store(row + s, f32x4.splat(0));
  }
}

/** block[f][s] = column[indices[s]][f]; features to padded(features) and samples to span(n) become 0. */
export function gather(column: usize, indices: usize, n: i32, features: i32, block: usize): void {
  clearPadding(features, n, block);
  gatherElements<f32>(column, <usize>features << 2, indices, n, features, 1, block);
}
