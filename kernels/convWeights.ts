import { accumulate, biasGradient, sums } from './denseWeights';
import { madd, PITCH, padded, span } from './layout';

/** Bytes of patches that stay in the first-level cache while all rows of dy pass by. */
const SWEEP: i32 = 24576;
/** Bytes of samples that a sum runs over, at so many positions, before its four parts are added up. */
const RUN: i32 = 2048;

/** 2 × 4 dot products over samples and positions: 2 rows of dy with 4 features of the patches, added to dW. */
function tile(
  x: usize,
  offsets: usize,
  positions: usize,
  count: i32,
  dy: usize,
  outputs: i32,
  dWeights: usize,
  pitch: usize,
  rows: i32,
  columns: i32,
  bytes: usize,
): void {
  const offset0 = x + <usize>load<u32>(offsets);
  const offset1 = x + <usize>load<u32>(offsets, 4);
  const offset2 = x + <usize>load<u32>(offsets, 8);
  const offset3 = x + <usize>load<u32>(offsets, 12);
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (const end = positions + (<usize>count << 2); positions < end; positions += 4) {
    const patch = <usize>load<u32>(positions);
    let p0 = offset0 + patch;
    let p1 = offset1 + patch;
    let p2 = offset2 + patch;
    let p3 = offset3 + patch;
    let row = dy;
    for (const last = row + bytes; row < last; row += 16, p0 += 16, p1 += 16, p2 += 16, p3 += 16) {
      const a = v128.load(row);
      const b = v128.load(row, PITCH);
      const x0 = v128.load(p0);
      const x1 = v128.load(p1);
      const x2 = v128.load(p2);
      const x3 = v128.load(p3);
      a0 = madd(a, x0, a0);
      b0 = madd(b, x0, b0);
      a1 = madd(a, x1, a1);
      b1 = madd(b, x1, b1);
      a2 = madd(a, x2, a2);
      b2 = madd(b, x2, b2);
      a3 = madd(a, x3, a3);
      b3 = madd(b, x3, b3);
    }
    dy += <usize>outputs * PITCH;
  }
  accumulate(dWeights, sums(a0, a1, a2, a3), columns);
  if (rows > 1) accumulate(dWeights + pitch, sums(b0, b1, b2, b3), columns);
}

/** dW += Σ dy xᵀ and db += Σ dy over the positions. */
export function convBackwardWeights(
  x: usize,
  offsets: usize,
  inputs: i32,
  positions: usize,
  count: i32,
  dy: usize,
  dWeights: usize,
  dBias: usize,
  outputs: i32,
  n: i32,
): void {
  const bytes = span(n);
  const pitch = <usize>padded(inputs) << 2;
  const group = max(1, RUN / <i32>bytes);
  for (let position = 0; position < count; position += group) {
    const many = min(group, count - position);
    const sweep = max(4, (SWEEP / (many * <i32>bytes)) & -4);
    const patches = positions + (<usize>position << 2);
    const gradient = dy + <usize>(position * outputs) * PITCH;
    for (let from = 0; from < inputs; from += sweep) {
      const to = min(inputs, from + sweep);
      for (let o = 0; o < outputs; o += 2) {
        for (let i = from; i < to; i += 4) {
          tile(
            x,
            offsets + (<usize>i << 2),
            patches,
            many,
            gradient + <usize>o * PITCH,
            outputs,
            dWeights + <usize>o * pitch + (<usize>i << 2),
            pitch,
            outputs - o,
            inputs - i,
            bytes,
          );
        }
      }
    }
    for (let p = 0; p < many; p++) {
      biasGradient(gradient + <usize>(p * outputs) * PITCH, dBias, outputs, bytes);
    }
  }
}
