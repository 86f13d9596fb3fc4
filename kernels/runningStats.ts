import { PITCH, span } from './layout';

/**
 * Mean and population variance of each feature of a block over the first n ≥ 1 samples, as f64 [features] each. Two passes
 * in float64 with four running sums: the order depends on n only.
 */
export function blockMoments(block: usize, features: i32, n: i32, means: usize, variances: usize): void {
  const end = <usize>n << 2;
  const quads = <usize>(n & -4) << 2;
  for (let f = 0; f < features; f++) {
    const row = block + <usize>f * PITCH;
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let s: usize = 0; s < quads; s += 16) {
      low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(row + s)));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(row + s, 8)));
    }
    let sum = total(low, high);
    for (let s = quads; s < end; s += 4) sum += <f64>load<f32>(row + s);
    const mean = sum / <f64>n;

    const middle = f64x2.splat(mean);
    low = f64x2.splat(0);
    high = f64x2.splat(0);
    for (let s: usize = 0; s < quads; s += 16) {
      const x = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(row + s)), middle);
      const y = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(row + s, 8)), middle);
      low = f64x2.add(low, f64x2.mul(x, x));
      high = f64x2.add(high, f64x2.mul(y, y));
    }
    sum = total(low, high);
    for (let s = quads; s < end; s += 4) {
      const x = <f64>load<f32>(row + s) - mean;
      sum += x * x;
    }
    store<f64>(means + (<usize>f << 3), mean);
    store<f64>(variances + (<usize>f << 3), sum / <f64>n);
  }
}

// @ts-ignore: decorator
@inline
function total(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/** x ← (x − means[f]) · scales[f], cut to ±clip, for the n samples of each feature f of a block, in place. */
export function normalizeBlock(
  block: usize,
  features: i32,
  n: i32,
  means: usize,
  scales: usize,
  clip: f32,
): void {
  const end = span(n);
  const most = f32x4.splat(clip);
  const least = f32x4.neg(most);
  for (let f = 0; f < features; f++) {
    const row = block + <usize>f * PITCH;
    const mean = v128.load32_splat(means + (<usize>f << 2));
    const scale = v128.load32_splat(scales + (<usize>f << 2));
    let s: usize = 0;
    do {
      const x = f32x4.mul(f32x4.sub(v128.load(row + s), mean), scale);
      v128.store(row + s, f32x4.max(least, f32x4.min(most, x)));
      s += 16;
    } while (s < end);
  }
}
