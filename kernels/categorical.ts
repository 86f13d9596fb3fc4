import { storeLanes } from './lanes';
import { PITCH } from './layout';
import { exp4, log4 } from './math';
import { block0, block1, block2, block3, philoxBlocks, uniforms } from './philox';

/** Σ exp(logit − max) for 4 samples. */
// @ts-ignore: decorator
@inline
function total(logits: usize, end: usize, max: v128): v128 {
  let sum = f32x4.splat(0);
  let l = logits;
  do {
    sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(l), max)));
    l += PITCH;
  } while (l < end);
  return sum;
}

/** Samples the first `count` of 4 actions, with uniforms made of these words. */
function sampleFour(
  logits: usize,
  count: i32,
  choices: i32,
  words: v128,
  actions: usize,
  logProbs: usize,
): void {
  const end = logits + <usize>choices * PITCH;
  let max = v128.load(logits);
  for (let l = logits + PITCH; l < end; l += PITCH) max = f32x4.pmax(max, v128.load(l));
  const sum = total(logits, end, max);
  const threshold = f32x4.mul(uniforms(words), sum);

  let searching = i32x4.splat(-1);
  let action = i32x4.splat(0);
  let chosen = max;
  let cumulative = f32x4.splat(0);
  let l = logits;
  do {
    const logit = v128.load(l);
    chosen = v128.bitselect(logit, chosen, searching);
    cumulative = f32x4.add(cumulative, exp4(f32x4.sub(logit, max)));
    searching = f32x4.le(cumulative, threshold);
    action = i32x4.sub(action, searching);
    l += PITCH;
  } while (l < end);

  storeLanes(actions, action, count);
  storeLanes(logProbs, f32x4.sub(f32x4.sub(chosen, max), log4(sum)), count);
}

/**
 * Samples a ~ softmax(logits) by inverse CDF: the first action whose cumulative sum exceeds u · Σ exp(logit − max). It
 * exists, since u ≤ 1 − 2⁻²⁴ and so u · Σ rounds to less than Σ; and it has a probability, since it raises the sum.
 *
 * @param logits block of `choices` features; log p(a) = logit(a) − max − log Σ exp(logit − max)
 * @param row batch row of sample 0: row r takes word r & 3 of Philox block (r >>> 2, time, 1), whatever the batching
 */
export function categoricalSample(
  logits: usize,
  n: i32,
  choices: i32,
  key0: u32,
  key1: u32,
  timeLow: u32,
  timeHigh: u32,
  row: u32,
  actions: usize,
  logProbs: usize,
): void {
  // Unless row is a multiple of 4, 4 rows take words of two neighbouring blocks; bytes out of range become 0.
  const skipped = i8x16.splat(<i8>((row & 3) << 2));
  const fromThis = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), skipped);
  const fromNext = i8x16.sub(fromThis, i8x16.splat(16));
  // So four blocks make 16 rows or 12.
  const quads = row & 3 ? 3 : 4;
  let block = row >> 2;
  for (let s = 0; s < n; ) {
    philoxBlocks(block, timeLow, timeHigh, 1, key0, key1);
    block += quads;
    for (let quad = 0; quad < quads && s < n; quad++) {
      const words = quad < 2 ? (quad ? block1 : block0) : quad < 3 ? block2 : block3;
      const next = quad < 1 ? block1 : quad < 2 ? block2 : block3;
      const drawn = v128.or(i8x16.swizzle(words, fromThis), i8x16.swizzle(next, fromNext));
      const at = <usize>s << 2;
      sampleFour(logits + at, n - s, choices, drawn, actions + at, logProbs + at);
      s += 4;
    }
  }
}

/** The most probable action, the first of equals, and log p = −log Σ exp(logit − max). */
export function categoricalGreedy(
  logits: usize,
  n: i32,
  choices: i32,
  actions: usize,
  logProbs: usize,
): void {
  if (n <= 0) return;
  let s = 0;
  do {
    const first = logits + (<usize>s << 2);
    const end = first + <usize>choices * PITCH;
    let max = v128.load(first);
    let action = i32x4.splat(0);
    let a = action;
    for (let l = first + PITCH; l < end; l += PITCH) {
      const logit = v128.load(l);
      const better = f32x4.gt(logit, max);
      a = i32x4.add(a, i32x4.splat(1));
      max = v128.bitselect(logit, max, better);
      action = v128.bitselect(a, action, better);
    }
    storeLanes(actions + (<usize>s << 2), action, n - s);
    storeLanes(logProbs + (<usize>s << 2), f32x4.neg(log4(total(first, end, max))), n - s);
    s += 4;
  } while (s < n);
}
