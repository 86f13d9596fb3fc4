import { PITCH, padded, span } from './layout';
import { rowOf } from './rowOf';

/** Transposes 4 features of 4 samples: reads 4 floats at a, b, c, d, and writes 4 rows of the block. */
// @ts-ignore: decorator
@inline
function transpose(a: usize, b: usize, c: usize, d: usize, to: usize): void {
  const va = v128.load(a);
  const vb = v128.load(b);
  const vc = v128.load(c);
  const vd = v128.load(d);
  const abLow = v128.shuffle<f32>(va, vb, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(va, vb, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(vc, vd, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(vc, vd, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(to + PITCH, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
  v128.store(to + 2 * PITCH, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * PITCH, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** Samples `from .. n` one float at a time. */
function gatherScalars(column: usize, indices: usize, from: i32, n: i32, features: i32, block: usize): void {
  for (let s = from; s < n; s++) {
    let source = column + rowOf(indices, s) * (<usize>features << 2);
    let to = block + (<usize>s << 2);
    for (let f = 0; f < features; f++, source += 4, to += PITCH) store<f32>(to, load<f32>(source));
  }
}

/** block[f][s] = column[indices[s]][f]; features to padded(features) and samples to span(n) become 0. */
export function gather(column: usize, indices: usize, n: i32, features: i32, block: usize): void {
  const end = span(n);
  for (let f = 0; f < padded(features); f++) {
    const row = block + <usize>f * PITCH;
    // Of a feature, only the last group of 8: it is cleared before samples are written to it.
    const start: usize = f < features ? (<usize>n & -8) << 2 : 0;
    for (let s = start; s < end; s += 16) v128.store(row + s, f32x4.splat(0));
  }
  if (features < 4) return gatherScalars(column, indices, 0, n, features, block);
  const pitch = <usize>features << 2;
  const whole = n & -4;
  for (let s = 0; s < whole; s += 4) {
    const a = column + rowOf(indices, s) * pitch;
    const b = column + rowOf(indices, s + 1) * pitch;
    const c = column + rowOf(indices, s + 2) * pitch;
    const d = column + rowOf(indices, s + 3) * pitch;
    const to = block + (<usize>s << 2);
    for (let f = 0; f < features; f += 4) {
      // The last four features may overlap the four before them.
      const g = <usize>min(f, features - 4);
      const offset = g << 2;
      transpose(a + offset, b + offset, c + offset, d + offset, to + g * PITCH);
    }
  }
  gatherScalars(column, indices, whole, n, features, block);
}
