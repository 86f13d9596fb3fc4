import { madd, PITCH, padded, span } from './layout';

/** Rows of x that stay in the first-level cache while all rows of dy pass by; a multiple of 4. */
const SWEEP: i32 = 48;

/** [Σa, Σb, Σc, Σd]. */
// @ts-ignore: decorator
@inline
export function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** target += sum in the first `lanes` floats. */
// @ts-ignore: decorator
@inline
export function accumulate(target: usize, sum: v128, lanes: i32): void {
  // What padding rows of a block hold is nobody's promise, so their sums are dropped.
  if (lanes < 4) sum = v128.and(sum, i32x4.gt_s(i32x4.splat(lanes), i32x4(0, 1, 2, 3)));
  v128.store(target, f32x4.add(v128.load(target), sum));
}

/** 2 × 4 dot products over samples: 2 rows of dy with 4 rows of x, added to 4 columns of 2 rows of dW. */
function tile(
  x: usize,
  dy: usize,
  dWeights: usize,
  pitch: usize,
  rows: i32,
  columns: i32,
  bytes: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (const end = x + bytes; x < end; x += 16, dy += 16) {
    const a = v128.load(dy);
    const b = v128.load(dy, PITCH);
    const x0 = v128.load(x);
    const x1 = v128.load(x, PITCH);
    const x2 = v128.load(x, 2 * PITCH);
    const x3 = v128.load(x, 3 * PITCH);
    a0 = madd(a, x0, a0);
    b0 = madd(b, x0, b0);
    a1 = madd(a, x1, a1);
    b1 = madd(b, x1, b1);
    a2 = madd(a, x2, a2);
    b2 = madd(b, x2, b2);
    a3 = madd(a, x3, a3);
    b3 = madd(b, x3, b3);
  }
  accumulate(dWeights, sums(a0, a1, a2, a3), columns);
  if (rows > 1) accumulate(dWeights + pitch, sums(b0, b1, b2, b3), columns);
}

/** db += Σ dy. */
export function biasGradient(dy: usize, dBias: usize, outputs: i32, bytes: usize): void {
  for (let o = 0; o < outputs; o += 4, dBias += 16) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let row = dy + <usize>o * PITCH, end = row + bytes; row < end; row += 16) {
      a = f32x4.add(a, v128.load(row));
      b = f32x4.add(b, v128.load(row, PITCH));
      c = f32x4.add(c, v128.load(row, 2 * PITCH));
      d = f32x4.add(d, v128.load(row, 3 * PITCH));
    }
    accumulate(dBias, sums(a, b, c, d), outputs - o);
  }
}

/** dW += dy xᵀ and db += Σ dy. */
export function denseBackwardWeights(
  x: usize,
  dy: usize,
  dWeights: usize,
  dBias: usize,
  outputs: i32,
  inputs: i32,
  n: i32,
): void {
  const bytes = span(n);
  const pitch = <usize>padded(inputs) << 2;
  for (let from = 0; from < inputs; from += SWEEP) {
    const to = min(inputs, from + SWEEP);
    for (let o = 0; o < outputs; o += 2) {
      for (let i = from; i < to; i += 4) {
        const target = dWeights + <usize>o * pitch + (<usize>i << 2);
        tile(x + <usize>i * PITCH, dy + <usize>o * PITCH, target, pitch, outputs - o, inputs - i, bytes);
      }
    }
  }
  biasGradient(dy, dBias, outputs, bytes);
}
