import { loadLanes, storeLanes } from './lanes';
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

/** Stores the first `count` of 4 actions (or floats) of a component, and their log-probabilities: those of further components are added. */
export function storeFour(
  actions: usize,
  action: v128,
  logProbs: usize,
  logProb: v128,
  count: i32,
  component: i32,
  components: i32,
): void {
  const pitch = <usize>components << 2;
  const to = actions + (<usize>component << 2);
  v128.store_lane<i32>(to, action, 0);
  if (count > 1) v128.store_lane<i32>(to + pitch, action, 1);
  if (count > 2) v128.store_lane<i32>(to + 2 * pitch, action, 2);
  if (count > 3) v128.store_lane<i32>(to + 3 * pitch, action, 3);
  if (component) logProb = f32x4.add(loadLanes(logProbs, count), logProb);
  storeLanes(logProbs, logProb, count);
}

/** Samples the first `count` of 4 actions of a component, with uniforms made of these words. */
function sampleFour(
  logits: usize,
  count: i32,
  choices: i32,
  words: v128,
  actions: usize,
  logProbs: usize,
  component: i32,
  components: i32,
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

  const logProb = f32x4.sub(f32x4.sub(chosen, max), log4(sum));
  storeFour(actions, action, logProbs, logProb, count, component, components);
}

/**
 * Samples each component a ~ softmax(its logits) by inverse CDF: the first action whose cumulative sum exceeds
 * u · Σ exp(logit − max). It exists, since u ≤ 1 − 2⁻²⁴ and so u · Σ rounds to less than Σ; and it has a probability,
 * since it raises the sum.
 *
 * @param logits block of the components' choices, one after another; log p(a) = Σ (logit(a) − max − log Σ exp(logit − max))
 * @param sizes i32: the choices of each component
 * @param row batch row of sample 0: row r takes, for component k, word r & 3 of Philox block (r >>> 2, time, 1 | k << 8),
 * whatever the batching
 */
export function categoricalSample(
  logits: usize,
  n: i32,
  sizes: usize,
  components: i32,
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
  const pitch = <usize>components << 2;
  for (let k = 0; k < components; k++) {
    const choices = load<i32>(sizes + (<usize>k << 2));
    let block = row >> 2;
    for (let s = 0; s < n; ) {
      philoxBlocks(block, timeLow, timeHigh, 1 | (k << 8), key0, key1);
      block += quads;
      for (let quad = 0; quad < quads && s < n; quad++) {
        const words = quad < 2 ? (quad ? block1 : block0) : quad < 3 ? block2 : block3;
        const next = quad < 1 ? block1 : quad < 2 ? block2 : block3;
        const drawn = v128.or(i8x16.swizzle(words, fromThis), i8x16.swizzle(next, fromNext));
        const at = <usize>s << 2;
        const to = actions + <usize>s * pitch;
        sampleFour(logits + at, n - s, choices, drawn, to, logProbs + at, k, components);
        s += 4;
      }
    }
    logits += <usize>choices * PITCH;
  }
}

/** Of each component the most probable action, the first of equals, and log p = −Σ log Σ exp(logit − max). */
export function categoricalGreedy(
  logits: usize,
  n: i32,
  sizes: usize,
  components: i32,
  actions: usize,
  logProbs: usize,
): void {
  if (n <= 0) return;
  const pitch = <usize>components << 2;
  for (let k = 0; k < components; k++) {
    const rows = <usize>load<i32>(sizes + (<usize>k << 2)) * PITCH;
    let s = 0;
    do {
      const at = <usize>s << 2;
      const first = logits + at;
      const end = first + rows;
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
      const logProb = f32x4.neg(log4(total(first, end, max)));
      storeFour(actions + <usize>s * pitch, action, logProbs + at, logProb, n - s, k, components);
      s += 4;
    } while (s < n);
    logits += rows;
  }
}
