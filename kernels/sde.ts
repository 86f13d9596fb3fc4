import { accumulate, sums } from './denseWeights';
import { logDensity } from './gaussian';
import { liveLanes, sumLanes } from './lanes';
import { madd, PITCH, padded, span } from './layout';
import { exp4, log4 } from './math';
import { normal0, normal1, normal2, normal3, normalBlocks } from './normal';
import { pick } from './surrogate';

// Generalized state-dependent exploration (arXiv:2005.05719): what is added to component k of an action is linear in the
// features h [inputs] that the policy's head reads, εₖ = Σ θₖᵢ hᵢ, with weights θₖᵢ ~ N(0, σₖᵢ²) that are drawn once in a
// while. So in each state εₖ is normal, of variance Σ σₖᵢ² hᵢ² + VARIANCE. log σ [size, inputs] is padded like weights.
const VARIANCE: f32 = 1e-6;

/** σ² of 4 log σ. */
// @ts-ignore: decorator
@inline
function squared(log: v128): v128 {
  return exp4(f32x4.add(log, log));
}

/** deviations[k] = ½ ln(Σ σₖᵢ² hᵢ² + VARIANCE): a block of log-deviations. */
export function sdeForward(
  features: usize,
  logStd: usize,
  deviations: usize,
  size: i32,
  inputs: i32,
  n: i32,
): void {
  const bytes = span(n);
  const pitch = <usize>padded(inputs) << 2;
  for (let k = 0; k < size; k++, deviations += PITCH, logStd += pitch) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(deviations + at, f32x4.splat(VARIANCE));
    for (let i = 0; i < inputs; i++) {
      const variance = squared(v128.load32_splat(logStd + (<usize>i << 2)));
      const row = features + <usize>i * PITCH;
      for (let at: usize = 0; at < bytes; at += 16) {
        const h = v128.load(row + at);
        v128.store(deviations + at, madd(f32x4.mul(h, h), variance, v128.load(deviations + at)));
      }
    }
    for (let at: usize = 0; at < bytes; at += 16)
      v128.store(deviations + at, f32x4.mul(log4(v128.load(deviations + at)), f32x4.splat(0.5)));
  }
}

/**
 * dLogStd += the gradient by log σ, from that by the block of log-deviations that `sdeForward` has computed:
 *
 *   ∂/∂log σₖᵢ = σₖᵢ² Σ dₖ hᵢ² / variance
 *
 * @param dDeviations block d, which is divided by the variances; padding samples must be 0
 */
export function sdeBackward(
  features: usize,
  logStd: usize,
  deviations: usize,
  dDeviations: usize,
  dLogStd: usize,
  size: i32,
  inputs: i32,
  n: i32,
): void {
  const bytes = span(n);
  const pitch = <usize>padded(inputs) << 2;
  for (let k = 0; k < size; k++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const inverse = squared(f32x4.neg(v128.load(deviations + at)));
      v128.store(dDeviations + at, f32x4.mul(v128.load(dDeviations + at), inverse));
    }
    for (let i = 0; i < inputs; i += 4) {
      let a = f32x4.splat(0);
      let b = f32x4.splat(0);
      let c = f32x4.splat(0);
      let d = f32x4.splat(0);
      const row = features + <usize>i * PITCH;
      for (let at: usize = 0; at < bytes; at += 16) {
        const g = v128.load(dDeviations + at);
        const h0 = v128.load(row + at);
        const h1 = v128.load(row + at, PITCH);
        const h2 = v128.load(row + at, 2 * PITCH);
        const h3 = v128.load(row + at, 3 * PITCH);
        a = madd(f32x4.mul(h0, h0), g, a);
        b = madd(f32x4.mul(h1, h1), g, b);
        c = madd(f32x4.mul(h2, h2), g, c);
        d = madd(f32x4.mul(h3, h3), g, d);
      }
      const at = <usize>i << 2;
      accumulate(dLogStd + at, f32x4.mul(sums(a, b, c, d), squared(v128.load(logStd + at))), inputs - i);
    }
    deviations += PITCH;
    dDeviations += PITCH;
    logStd += pitch;
    dLogStd += pitch;
  }
}

/** sum += σ h z of 4 inputs of one sample, the first `count` of which are there. */
// @ts-ignore: decorator
@inline
function addFour(sum: v128, features: usize, logStd: usize, normals: v128, count: i32): v128 {
  if (count <= 0) return sum;
  const last = <usize>(min(count, 4) - 1);
  const second = min<usize>(1, last) * PITCH;
  const third = min<usize>(2, last) * PITCH;
  const fourth = last * PITCH;
  let h = pick(features, 0, second, third, fourth);
  if (count < 4) h = v128.and(h, liveLanes(count));
  return madd(f32x4.mul(h, exp4(v128.load(logStd))), normals, sum);
}

/**
 * Samples a = μ + ε, and its log-probability by the deviations that `sdeForward` has computed.
 *
 * @param outputs, features, deviations blocks at the first sample, which is `row` of the batch: row r takes as θₖᵢ / σₖᵢ, at
 * all steps of a `time`, number i & 3 (see `normalBlocks`) of Philox block (k ⌈inputs / 4⌉ + (i >>> 2), timeLow, r,
 * 9 | timeHigh << 8)
 */
export function sdeSample(
  outputs: usize,
  features: usize,
  logStd: usize,
  deviations: usize,
  n: i32,
  size: i32,
  inputs: i32,
  key0: u32,
  key1: u32,
  timeLow: u32,
  timeHigh: u32,
  row: u32,
  actions: usize,
  logProbs: usize,
): void {
  const quads = padded(inputs) >> 2;
  const purpose = 9 | (timeHigh << 8);
  for (let s = 0; s < n; s++) {
    const at = <usize>s << 2;
    let logProb = f32x4.splat(0);
    for (let k = 0; k < size; k++) {
      let sum = f32x4.splat(0);
      for (let i = 0; i < inputs; i += 16) {
        normalBlocks(k * quads + (i >> 2), timeLow, row + s, purpose, key0, key1);
        const from = features + <usize>i * PITCH + at;
        const log = logStd + (<usize>((k * quads << 2) + i) << 2);
        sum = addFour(sum, from, log, normal0, inputs - i);
        sum = addFour(sum, from + 4 * PITCH, log + 16, normal1, inputs - i - 4);
        sum = addFour(sum, from + 8 * PITCH, log + 32, normal2, inputs - i - 8);
        sum = addFour(sum, from + 12 * PITCH, log + 48, normal3, inputs - i - 12);
      }
      const place = <usize>k * PITCH + at;
      const mean = v128.load32_splat(outputs + place);
      const action = f32x4.add(mean, f32x4.splat(<f32>sumLanes(sum)));
      const deviation = v128.load32_splat(deviations + place);
      // Of the action as it was rounded, as the loss will see it: so its first ratio is 1.
      const z = f32x4.mul(f32x4.sub(action, mean), exp4(f32x4.neg(deviation)));
      logProb = f32x4.add(logProb, logDensity(z, deviation));
      v128.store_lane<f32>(actions + (<usize>(s * size + k) << 2), action, 0);
    }
    v128.store_lane<f32>(logProbs + at, logProb, 0);
  }
}
