/**
 * How the dense kernels lay out memory, explained once.
 *
 * A block holds up to BLOCK samples, feature-major: feature f of sample s is the float at f · STRIDE + s. So a
 * vector register holds 4 samples of one feature, and a sum over features is a sum of whole registers. STRIDE
 * exceeds BLOCK because a power of two would put all features of a sample into the same few cache sets. Samples
 * are computed in groups of 8, `span(n)` of them: dy must be 0 and x finite to the end of the last group. What is
 * beyond it, up to BLOCK, and in the padding rows of a block may be anything, and may be overwritten.
 *
 * A product P x is computed in register tiles, the largest of 5 outputs × 8 samples (4 × 8 without fused
 * multiply-add): enough independent sums to hide the latency of the arithmetic, few enough for the 15 registers
 * that V8 gives out. So that the weights of a tile are read in order, W is packed into panels of as many rows,
 * P[panel][k][row]. What remains of the rows makes panels of 4, 3, 2 and 1: padding rows are never computed.
 */
export const BLOCK: i32 = 128;
export const STRIDE: i32 = 144;
export const ROWS: i32 = 4;

/** Bytes from one feature to the next. */
export const PITCH: usize = <usize>STRIDE << 2;

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** n rounded up to a multiple of ROWS. */
// @ts-ignore: decorator
@inline
export function padded(n: i32): i32 {
  return (n + (ROWS - 1)) & -ROWS;
}

/** Bytes of a feature that are computed for n samples: whole groups of 8. */
// @ts-ignore: decorator
@inline
export function span(n: i32): usize {
  return (<usize>(n + 7) & -8) << 2;
}

/** Rows of the panel at the head of `remaining` rows. */
// @ts-ignore: decorator
@inline
export function panelRows(remaining: i32): i32 {
  // 8, 12 and 16 are whole panels of 4. Without fused multiply-add, the shuffles of 5-row tiles cost too much, and a
  // panel of 3 as much as one of 2 and one of 1.
  if (ASC_FEATURE_RELAXED_SIMD && remaining >= 5 && (remaining > 16 || remaining & 3)) return 5;
  if (ASC_FEATURE_RELAXED_SIMD && remaining == 3) return 3;
  return remaining >= 4 ? 4 : remaining >= 2 ? 2 : 1;
}

/** Floats per block, stride and rows: the table's own constants. */
export function block(): i32 {
  return BLOCK;
}
export function stride(): i32 {
  return STRIDE;
}
export function rows(): i32 {
  return ROWS;
}
