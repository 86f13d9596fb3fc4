const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

// The results of `philoxWords`; wasm globals belong to an instance, so no other thread sees them.
export let word0: u32 = 0;
export let word1: u32 = 0;
export let word2: u32 = 0;
export let word3: u32 = 0;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al. (SC 2011): ten rounds of two 32 × 32 → 64 bit products.
 * The block of a counter and a key, into word0 … word3.
 */
export function philoxWords(c0: u32, c1: u32, c2: u32, c3: u32, key0: u32, key1: u32): void {
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>c0 * M0;
    const p1 = <u64>c2 * M1;
    c0 = <u32>(p1 >> 32) ^ c1 ^ key0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ key1;
    c3 = <u32>p0;
    key0 += W0;
    key1 += W1;
  }
  word0 = c0;
  word1 = c1;
  word2 = c2;
  word3 = c3;
}

/** One block: counter (4 u32) and key into 4 u32. */
export function philox(counter: usize, key0: u32, key1: u32, result: usize): void {
  philoxWords(
    load<u32>(counter),
    load<u32>(counter, 4),
    load<u32>(counter, 8),
    load<u32>(counter, 12),
    key0,
    key1,
  );
  store<u32>(result, word0);
  store<u32>(result, word1, 4);
  store<u32>(result, word2, 8);
  store<u32>(result, word3, 12);
}

// The results of `philoxBlocks`.
export let block0: v128 = i32x4.splat(0);
export let block1: v128 = i32x4.splat(0);
export let block2: v128 = i32x4.splat(0);
export let block3: v128 = i32x4.splat(0);

/** Low words (0) or high words (1) of four 64-bit products. */
// @ts-ignore: decorator
@inline
function words(low: v128, high: v128, which: i32): v128 {
  return which ? v128.shuffle<i32>(low, high, 1, 3, 5, 7) : v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/** Blocks first … first + 3 of counters (k, timeLow, timeHigh, purpose), into block0 … block3. */
export function philoxBlocks(
  first: u32,
  timeLow: u32,
  timeHigh: u32,
  purpose: u32,
  key0: u32,
  key1: u32,
): void {
  // Lane b of cₖ is word k of block b.
  let c0 = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(timeLow);
  let c2 = i32x4.splat(timeHigh);
  let c3 = i32x4.splat(purpose);
  let round = 0;
  do {
    const low0 = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(M0));
    const high0 = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(M0));
    const low1 = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(M1));
    const high1 = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(M1));
    c0 = v128.xor(v128.xor(words(low1, high1, 1), c1), i32x4.splat(key0));
    c1 = words(low1, high1, 0);
    c2 = v128.xor(v128.xor(words(low0, high0, 1), c3), i32x4.splat(key1));
    c3 = words(low0, high0, 0);
    key0 += W0;
    key1 += W1;
    round++;
  } while (round < 10);
  const even = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const even2 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const odd = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const odd2 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  block0 = v128.shuffle<i64>(even, even2, 0, 2);
  block1 = v128.shuffle<i64>(even, even2, 1, 3);
  block2 = v128.shuffle<i64>(odd, odd2, 0, 2);
  block3 = v128.shuffle<i64>(odd, odd2, 1, 3);
}

/** Four words as uniforms in [0, 1): the top 24 bits times 2⁻²⁴. */
// @ts-ignore: decorator
@inline
export function uniforms(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(5.9604644775390625e-8));
}
