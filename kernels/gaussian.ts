import { storeFour } from './categorical';
import { liveLanes, sumLanes } from './lanes';
import { madd, PITCH } from './layout';
import { exp4, nmadd } from './math';
import { normal0, normal1, normal2, normal3, normalBlocks } from './normal';
import { beginSums, clearFour, counted, endSums, pick, surrogate, touch } from './surrogate';

// A diagonal Gaussian policy: component k is N(μₖ, σₖ²), its log σₖ of one of these forms: the same in all states, element k
// of a vector; or row k of a block, held in [LEAST, MOST] or taken as it is.
const SHARED: i32 = 0;
const HELD: i32 = 1;
const LEAST: f32 = -5;
const MOST: f32 = 2;
/** ½ ln 2π */
const HALF_LOG_TAU: f32 = 0.9189385332046727;

/** log σ of component k of 4 samples from `at` bytes of a row on. */
// @ts-ignore: decorator
@inline
function logDeviation(logStd: usize, form: i32, k: i32, at: usize): v128 {
  if (form == SHARED) return v128.load32_splat(logStd + (<usize>k << 2));
  const raw = v128.load(logStd + <usize>k * PITCH + at);
  if (form != HELD) return raw;
  return f32x4.pmax(f32x4.pmin(raw, f32x4.splat(MOST)), f32x4.splat(LEAST));
}

/** log p of a deviation of z standard deviations: −½ z² − log σ − ½ ln 2π. */
// @ts-ignore: decorator
@inline
export function logDensity(z: v128, logStd: v128): v128 {
  const constant = f32x4.neg(f32x4.add(logStd, f32x4.splat(HALF_LOG_TAU)));
  return nmadd(f32x4.mul(z, z), f32x4.splat(0.5), constant);
}

/** Samples the first `count` of 4 actions of a component, with these standard normal numbers. */
function sampleFour(
  mean: usize,
  log: v128,
  count: i32,
  normals: v128,
  actions: usize,
  logProbs: usize,
  component: i32,
  size: i32,
): void {
  const mu = v128.load(mean);
  const action = madd(exp4(log), normals, mu);
  // Of the action as it was rounded, as the loss will see it: so its first ratio is 1.
  const z = f32x4.mul(f32x4.sub(action, mu), exp4(f32x4.neg(log)));
  storeFour(actions, action, logProbs, logDensity(z, log), count, component, size);
}

/**
 * Samples a = μ + σ ε, ε standard normal.
 *
 * @param outputs block: rows 0 … size − 1 are μ
 * @param logStd log σ of a form (see above): f32 [size], or rows of a block
 * @param row batch row of sample 0: row r takes, for component k, number r & 3 (see `normalBlocks`) of Philox block
 * (r >>> 2, time, 1 | k << 8), whatever the batching
 */
export function gaussianSample(
  outputs: usize,
  logStd: usize,
  form: i32,
  n: i32,
  size: i32,
  key0: u32,
  key1: u32,
  timeLow: u32,
  timeHigh: u32,
  row: u32,
  actions: usize,
  logProbs: usize,
): void {
  // As in `categoricalSample`: unless row is a multiple of 4, 4 rows take numbers of two neighbouring blocks.
  const skipped = i8x16.splat(<i8>((row & 3) << 2));
  const fromThis = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), skipped);
  const fromNext = i8x16.sub(fromThis, i8x16.splat(16));
  const quads = row & 3 ? 3 : 4;
  const pitch = <usize>size << 2;
  for (let k = 0; k < size; k++) {
    let block = row >> 2;
    for (let s = 0; s < n; ) {
      normalBlocks(block, timeLow, timeHigh, 1 | (k << 8), key0, key1);
      block += quads;
      for (let quad = 0; quad < quads && s < n; quad++) {
        const numbers = quad < 2 ? (quad ? normal1 : normal0) : quad < 3 ? normal2 : normal3;
        const next = quad < 1 ? normal1 : quad < 2 ? normal2 : normal3;
        const drawn = v128.or(i8x16.swizzle(numbers, fromThis), i8x16.swizzle(next, fromNext));
        const at = <usize>s << 2;
        const log = logDeviation(logStd, form, k, at);
        sampleFour(outputs + at, log, n - s, drawn, actions + <usize>s * pitch, logProbs + at, k, size);
        s += 4;
      }
    }
    outputs += PITCH;
  }
}

/** The most probable action μ, and log p(μ). */
export function gaussianGreedy(
  outputs: usize,
  logStd: usize,
  form: i32,
  n: i32,
  size: i32,
  actions: usize,
  logProbs: usize,
): void {
  const pitch = <usize>size << 2;
  for (let k = 0; k < size; k++) {
    for (let s = 0; s < n; s += 4) {
      const at = <usize>s << 2;
      const logProb = logDensity(f32x4.splat(0), logDeviation(logStd, form, k, at));
      storeFour(actions + <usize>s * pitch, v128.load(outputs + at), logProbs + at, logProb, n - s, k, size);
    }
    outputs += PITCH;
  }
}

/**
 * The PPO loss of n block samples of a Gaussian policy, and its gradient times `weight`: `ppoLoss`, but for
 *
 *   log p(a) = Σ −½ z² − log σ − ½ ln 2π,  z = (a − μ) / σ
 *   H        = Σ log σ + ½ ln 2πe
 *   ∂/∂μ     = g z / σ
 *   ∂/∂log σ = g (z² − 1) − entCoef; 0 where log σ is held and beyond [−5, 2]
 *
 * @param outputs block as of `gaussianSample`; dOutputs is another
 * @param dLogStd f32 [size], added to, the samples in order; or rows of a block
 * @param scratch 16 floats a component: what the first pass over the components of 4 samples leaves for the second, and
 * the sums of ∂/∂log σ
 * @see reference data: spec/golden/ppo_loss.json
 */
export function gaussianPpoLoss(
  outputs: usize,
  values: usize,
  logStd: usize,
  form: i32,
  dLogStd: usize,
  indices: usize,
  n: i32,
  size: i32,
  scratch: usize,
  actions: usize,
  logProbs: usize,
  advantages: usize,
  returns: usize,
  oldValues: usize,
  sampleWeights: usize,
  config: usize,
  dOutputs: usize,
  dValues: usize,
  newLogProbs: usize,
  newValues: usize,
  sums: usize,
): void {
  if (n <= 0) return;
  const zero = f32x4.splat(0);
  const entWeight = f32x4.mul(v128.load32_splat(config, 8), v128.load32_splat(config, 28));
  const width = <usize>size;
  const scratchEnd = scratch + (width << 6);
  beginSums();
  store<u32>(scratch, touch(indices, n, width, actions, logProbs, advantages, returns, oldValues));
  for (let kept = scratch; kept < scratchEnd; kept += 64) v128.store(kept, zero, 32);

  let s = 0;
  do {
    // Lanes past n repeat the last sample; whatever they give is masked away.
    const last = n - 1 - s;
    const at = indices + (<usize>s << 2);
    const i0 = <usize>load<u32>(at) << 2;
    const i1 = <usize>load<u32>(at + (<usize>min(1, last) << 2)) << 2;
    const i2 = <usize>load<u32>(at + (<usize>min(2, last) << 2)) << 2;
    const i3 = <usize>load<u32>(at + (<usize>min(3, last) << 2)) << 2;
    const live = counted(sampleWeights, liveLanes(n - s), i0, i1, i2, i3);

    let logProb = zero;
    let entropy = zero;
    let mean = outputs + (<usize>s << 2);
    let k = 0;
    do {
      const column = actions + (<usize>k << 2);
      const action = pick(column, i0 * width, i1 * width, i2 * width, i3 * width);
      const log = logDeviation(logStd, form, k, <usize>s << 2);
      const inverse = exp4(f32x4.neg(log));
      const z = f32x4.mul(f32x4.sub(action, v128.load(mean)), inverse);
      logProb = f32x4.add(logProb, logDensity(z, log));
      entropy = f32x4.add(entropy, f32x4.add(log, f32x4.splat(0.5 + HALF_LOG_TAU)));
      const kept = scratch + (<usize>k << 6);
      v128.store(kept, z);
      v128.store(kept, inverse, 16);
      mean += PITCH;
      k++;
    } while (k < size);

    const g = surrogate(
      logProb,
      entropy,
      values + (<usize>s << 2),
      live,
      i0,
      i1,
      i2,
      i3,
      logProbs,
      advantages,
      returns,
      oldValues,
      sampleWeights,
      config,
      dValues + (<usize>s << 2),
      newLogProbs,
      newValues,
    );

    let to = dOutputs + (<usize>s << 2);
    let row = <usize>s << 2;
    for (let kept = scratch; kept < scratchEnd; kept += 64) {
      const z = v128.load(kept);
      const gz = f32x4.mul(g, z);
      v128.store(to, v128.and(f32x4.mul(gz, v128.load(kept, 16)), live));
      const dLog = v128.and(f32x4.sub(f32x4.sub(f32x4.mul(gz, z), g), entWeight), live);
      if (form == SHARED) v128.store(kept, f32x4.add(v128.load(kept, 32), dLog), 32);
      else if (form == HELD) {
        const raw = v128.load(logStd + row);
        const inside = v128.and(f32x4.ge(raw, f32x4.splat(LEAST)), f32x4.le(raw, f32x4.splat(MOST)));
        v128.store(dLogStd + row, v128.and(dLog, inside));
      } else v128.store(dLogStd + row, dLog);
      to += PITCH;
      row += PITCH;
    }
    s += 4;
  } while (s < n);

  if (s & 4) {
    const rest = <usize>s << 2;
    clearFour(dOutputs + rest, size, PITCH);
    if (form != SHARED) clearFour(dLogStd + rest, size, PITCH);
    clearFour(dValues + rest, 1, PITCH);
  }
  if (form == SHARED) {
    for (let k = 0; k < size; k++) {
      const to = dLogStd + (<usize>k << 2);
      store<f32>(to, load<f32>(to) + <f32>sumLanes(v128.load(scratch + (<usize>k << 6), 32)));
    }
  }
  endSums(sums);
}
