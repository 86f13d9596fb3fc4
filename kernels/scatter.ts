import { PITCH } from './layout';

/** Transposes 4 features of 4 samples, at `from`, into 4 rows, at `to`, that are `pitch` bytes apart. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, to: usize, pitch: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + PITCH);
  const c = v128.load(from + 2 * PITCH);
  const d = v128.load(from + 3 * PITCH);
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(to + pitch, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
  v128.store(to + 2 * pitch, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * pitch, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** rows[s][f] = block[f][s] for n samples: the way back of `gather`. */
export function scatter(block: usize, n: i32, features: i32, rows: usize): void {
  const whole = features < 4 ? 0 : n & -4;
  const pitch = <usize>features << 2;
  for (let s = 0; s < whole; s += 4) {
    const from = block + (<usize>s << 2);
    const to = rows + <usize>s * pitch;
    for (let f = 0; f < features; f += 4) {
      // The last four features may overlap the four before them.
      const g = <usize>min(f, features - 4);
      transpose(from + g * PITCH, to + (g << 2), pitch);
    }
  }
  for (let s = whole; s < n; s++) {
    let from = block + (<usize>s << 2);
    let to = rows + <usize>s * pitch;
    for (let f = 0; f < features; f++, from += PITCH, to += 4) store<f32>(to, load<f32>(from));
  }
}
