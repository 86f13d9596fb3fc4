import { liveLanes } from './lanes';
import { madd, PITCH, span } from './layout';
import { exp4, log4, tanh4 } from './math';
import { normal0, normal1, normal2, normal3, normalBlocks } from './normal';

/** ½ log 2π */
const HALF_LOG_TAU: f32 = 0.91893853320467;
/** Keeps the logarithm of a saturated action's density finite; CleanRL's. */
const EPSILON: f32 = 1e-6;

/**
 * block[k][s] += factor · a standard normal number, for the samples 0 … span(n) of all features.
 *
 * @param row number of sample 0: row r takes, for feature k, number r & 3 of the Philox block
 * (r >>> 2, time, purpose | k << 8), whatever the batching
 */
export function addNormals(
  block: usize,
  n: i32,
  features: i32,
  factor: f32,
  key0: u32,
  key1: u32,
  timeLow: u32,
  timeHigh: u32,
  purpose: u32,
  row: u32,
): void {
  // Unless row is a multiple of 4, 4 rows take numbers of two neighbouring blocks; bytes out of range become 0.
  const skipped = i8x16.splat(<i8>((row & 3) << 2));
  const fromThis = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), skipped);
  const fromNext = i8x16.sub(fromThis, i8x16.splat(16));
  const quads = row & 3 ? 3 : 4;
  const end = span(n);
  const factors = f32x4.splat(factor);
  for (let k = 0; k < features; k++, block += PITCH) {
    let first = row >> 2;
    for (let at: usize = 0; at < end; first += quads) {
      normalBlocks(first, timeLow, timeHigh, purpose | (k << 8), key0, key1);
      for (let quad = 0; quad < quads && at < end; quad++, at += 16) {
        const numbers = quad < 2 ? (quad ? normal1 : normal0) : quad < 3 ? normal2 : normal3;
        const next = quad < 1 ? normal1 : quad < 2 ? normal2 : normal3;
        const drawn = v128.or(i8x16.swizzle(numbers, fromThis), i8x16.swizzle(next, fromNext));
        v128.store(block + at, madd(factors, drawn, v128.load(block + at)));
      }
    }
  }
}

/** log σ = −5 + 3.5 (tanh z + 1), in [−5, 2]. */
// @ts-ignore: decorator
@inline
function logDeviation(z: v128): v128 {
  return madd(f32x4.splat(3.5), tanh4(z), f32x4.splat(-1.5));
}

/** e^(−2|x|): tanh x = ±(1 − e) / (1 + e), and 1 − tanh² x = 4e / (1 + e)² keeps its digits where tanh x rounds to 1. */
// @ts-ignore: decorator
@inline
function decay(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.splat(-2), f32x4.abs(x)));
}

// @ts-ignore: decorator
@inline
function tanhOf(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const y = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  return v128.bitselect(x, y, i32x4.splat(0x80000000));
}

// @ts-ignore: decorator
@inline
function slopeOf(e: v128): v128 {
  const d = f32x4.add(f32x4.splat(1), e);
  return f32x4.div(f32x4.mul(f32x4.splat(4), e), f32x4.mul(d, d));
}

/**
 * Actions of a squashed Gaussian, and their log-probabilities, for a block:
 *
 *   x = μ + σ ε,  log σ = −5 + 3.5 (tanh z + 1),  a = scale · tanh x + bias
 *   log π = Σ log N(x; μ, σ) − log(scale (1 − tanh² x) + 1e-6)
 *
 * @param outputs block of μ [size] and z [size]
 * @param noise block of ε [size]; 0: the mean, ε = 0
 * @param ranges f32 [4, size]: scale, bias, and the lowest and highest action
 * @param actions block [size]; `logProbs` block [1]
 * @see arXiv:1812.05905; reference data: spec/golden/sac_loss.json
 */
export function squashedSample(
  outputs: usize,
  noise: usize,
  n: i32,
  size: i32,
  ranges: usize,
  actions: usize,
  logProbs: usize,
): void {
  const deviations = outputs + <usize>size * PITCH;
  const pitch = <usize>size << 2;
  const end = span(n);
  for (let at: usize = 0; at < end; at += 16) {
    let logProb = f32x4.splat(0);
    for (let k = 0; k < size; k++) {
      const row = <usize>k * PITCH + at;
      const range = ranges + (<usize>k << 2);
      const scale = v128.load32_splat(range);
      const epsilon = noise ? v128.load(noise + row) : f32x4.splat(0);
      const logStd = logDeviation(v128.load(deviations + row));
      const x = madd(exp4(logStd), epsilon, v128.load(outputs + row));
      const e = decay(x);
      const density = log4(f32x4.add(f32x4.mul(scale, slopeOf(e)), f32x4.splat(EPSILON)));
      const square = f32x4.mul(f32x4.splat(0.5), f32x4.mul(epsilon, epsilon));
      const normal = f32x4.add(f32x4.add(square, logStd), f32x4.splat(HALF_LOG_TAU));
      logProb = f32x4.sub(logProb, f32x4.add(normal, density));
      const action = madd(tanhOf(x, e), scale, v128.load32_splat(range + pitch));
      const low = v128.load32_splat(range + 2 * pitch);
      const high = v128.load32_splat(range + 3 * pitch);
      v128.store(actions + row, f32x4.pmin(f32x4.pmax(action, low), high));
    }
    v128.store(logProbs + at, logProb);
  }
}

/**
 * The gradient by μ and z of a loss that is `entropyWeight` · log π of each sample and something of the actions, whose
 * gradients by them are in two blocks, to be added up.
 *
 *   dμ = da · scale (1 − y²) + w · 2y · scale (1 − y²) / (scale (1 − y²) + 1e-6),  y = tanh x
 *   dz = (dμ · σ ε − w) · 3.5 (1 − tanh² z)
 *
 * @param outputs,noise,ranges as `squashedSample` got them
 * @param dOutputs block [2 · size]; its padding samples become 0
 */
export function squashedBackward(
  outputs: usize,
  noise: usize,
  n: i32,
  size: i32,
  ranges: usize,
  dActions1: usize,
  dActions2: usize,
  entropyWeight: f32,
  dOutputs: usize,
): void {
  const below = <usize>size * PITCH;
  const weight = f32x4.splat(entropyWeight);
  const end = span(n);
  for (let at: usize = 0; at < end; at += 16) {
    const live = liveLanes(n - <i32>(at >> 2));
    for (let k = 0; k < size; k++) {
      const row = <usize>k * PITCH + at;
      const scale = v128.load32_splat(ranges + (<usize>k << 2));
      const t = tanh4(v128.load(outputs + below + row));
      const spread = f32x4.mul(exp4(madd(f32x4.splat(3.5), t, f32x4.splat(-1.5))), v128.load(noise + row));
      const x = f32x4.add(spread, v128.load(outputs + row));
      const e = decay(x);
      const slope = f32x4.mul(scale, slopeOf(e));
      const density = f32x4.div(slope, f32x4.add(slope, f32x4.splat(EPSILON)));
      const entropy = f32x4.mul(f32x4.mul(weight, f32x4.splat(2)), f32x4.mul(tanhOf(x, e), density));
      const dAction = f32x4.add(v128.load(dActions1 + row), v128.load(dActions2 + row));
      const dMean = madd(dAction, slope, entropy);
      const dLogStd = f32x4.sub(f32x4.mul(dMean, spread), weight);
      const slopeZ = f32x4.mul(f32x4.splat(3.5), f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
      v128.store(dOutputs + row, v128.and(dMean, live));
      v128.store(dOutputs + below + row, v128.and(f32x4.mul(dLogStd, slopeZ), live));
    }
  }
}
