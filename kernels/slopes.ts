import { GELU, multiplySlope, RELU, TANH } from './dense';
import { PITCH, span } from './layout';

/** dx ← dx ⊙ s for `rows` rows. */
// @ts-ignore: decorator
@inline
function multiplyRows(dx: usize, slopes: usize, rows: i32, bytes: usize): void {
  for (; rows > 0; rows--, dx += PITCH, slopes += PITCH) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(dx + at, f32x4.mul(v128.load(dx + at), v128.load(slopes + at)));
    }
  }
}

/** dx ← dx ⊙ act′, of the layer whose output is x. */
export function multiplySlopes(
  dx: usize,
  x: usize,
  slopes: usize,
  features: i32,
  n: i32,
  activation: i32,
): void {
  const bytes = span(n);
  if (activation == TANH) multiplySlope(dx, x, features, bytes, TANH);
  else if (activation == RELU) multiplySlope(dx, x, features, bytes, RELU);
  else if (activation == GELU) multiplyRows(dx, slopes, features, bytes);
}
