/**
 * Philox4x32-10, the counter-based generator of Salmon et al. (SC 2011): ten rounds of two 32 × 32 → 64 bit products.
 *
 * @returns the four words of the block as an i32x4
 */
// @ts-ignore: decorator
@inline
export function philoxWords(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): v128 {
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>c0 * 0xd2511f53;
    const p1 = <u64>c2 * 0xcd9e8d57;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  const low = i64x2.splat(<u64>c0 | (<u64>c1 << 32));
  return i64x2.replace_lane(low, 1, <u64>c2 | (<u64>c3 << 32));
}

/** Four words as uniforms in [0, 1): the top 24 bits times 2⁻²⁴. */
// @ts-ignore: decorator
@inline
export function uniforms(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(5.9604644775390625e-8));
}

/** One block: counter (4 u32) and key into 4 u32. */
export function philox(counter: usize, key0: u32, key1: u32, result: usize): void {
  const words = philoxWords(
    load<u32>(counter),
    load<u32>(counter, 4),
    load<u32>(counter, 8),
    load<u32>(counter, 12),
    key0,
    key1,
  );
  v128.store(result, words);
}
