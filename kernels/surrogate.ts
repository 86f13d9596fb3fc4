import { sumLanes } from './lanes';
import { exp4 } from './math';

// What the PPO loss of every policy has in common: all but log p(a), the entropy and their gradients.

/** The 4 words of a column at byte offsets a, b, c, d. */
// @ts-ignore: decorator
@inline
export function pick(column: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let x = v128.load32_zero(column + a);
  x = v128.load_lane<f32>(column + b, x, 1);
  x = v128.load_lane<f32>(column + c, x, 2);
  return v128.load_lane<f32>(column + d, x, 3);
}

/** Writes 4 words of a column. The first comes last: where offsets are equal, it stays. */
// @ts-ignore: decorator
@inline
function put(column: usize, x: v128, a: usize, b: usize, c: usize, d: usize): void {
  v128.store_lane<f32>(column + d, x, 3);
  v128.store_lane<f32>(column + c, x, 2);
  v128.store_lane<f32>(column + b, x, 1);
  v128.store_lane<f32>(column + a, x, 0);
}

/**
 * Reads n samples of the columns, out of cache and in random order: all at once lets the misses overlap. What it
 * returns is of no use but that it must not be dropped.
 */
export function touch(
  indices: usize,
  n: i32,
  width: usize,
  actions: usize,
  logProbs: usize,
  advantages: usize,
  returns: usize,
  oldValues: usize,
): u32 {
  let seen: u32 = 0;
  let next = 0;
  do {
    const i = <usize>load<u32>(indices + (<usize>next << 2)) << 2;
    seen |= load<u32>(actions + i * width) | load<u32>(logProbs + i) | load<u32>(advantages + i);
    seen |= load<u32>(returns + i) | load<u32>(oldValues + i);
  } while (++next < n);
  return seen;
}

// The sums of the block at hand, kept here because an inlined function returns one value. An instance is one thread's.
let policySum: v128 = f32x4.splat(0);
let valueSum: v128 = f32x4.splat(0);
let entropySum: v128 = f32x4.splat(0);
let klSum: v128 = f32x4.splat(0);
let oldKlSum: v128 = f32x4.splat(0);
let clippedSum: v128 = f32x4.splat(0);

/** Begins the sums of a block. */
// @ts-ignore: decorator
@inline
export function beginSums(): void {
  policySum = f32x4.splat(0);
  valueSum = f32x4.splat(0);
  entropySum = f32x4.splat(0);
  klSum = f32x4.splat(0);
  oldKlSum = f32x4.splat(0);
  clippedSum = f32x4.splat(0);
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, terms: v128): void {
  store<f64>(sum, load<f64>(sum) + sumLanes(terms));
}

/** Adds the sums of a block to 6 f64. */
// @ts-ignore: decorator
@inline
export function endSums(sums: usize): void {
  addTo(sums, policySum);
  addTo(sums + 8, valueSum);
  addTo(sums + 16, entropySum);
  addTo(sums + 24, klSum);
  addTo(sums + 32, oldKlSum);
  addTo(sums + 40, clippedSum);
}

/** The lanes among `live` that count: those whose sample weight is not 0. */
// @ts-ignore: decorator
@inline
export function counted(sampleWeights: usize, live: v128, i0: usize, i1: usize, i2: usize, i3: usize): v128 {
  if (!sampleWeights) return live;
  return v128.and(live, f32x4.ne(pick(sampleWeights, i0, i1, i2, i3), f32x4.splat(0)));
}

/**
 * Policy, value and KL terms of the 4 samples at byte offsets i0 … i3 of the columns, of which lanes `live` count:
 *
 *   r = exp(log p(a) − old log p(a)),  A = w (advantage − mean) · invStd
 *   policy = max(−A r, −A clip(r, 1 − c, 1 + c)); where A < 0 at most −dualClip · A
 *   value  = ½ max((v − R)², (v₀ + clip(v − v₀, ±vfClip) − R)²)
 *   kl     = r − 1 − log r
 *
 * Writes the gradient by the values, adds to the sums, and returns g = weight · ∂(policy + klCoef · kl)/∂log p(a).
 */
// @ts-ignore: decorator
@inline
export function surrogate(
  logProb: v128,
  entropy: v128,
  values: usize,
  live: v128,
  i0: usize,
  i1: usize,
  i2: usize,
  i3: usize,
  logProbs: usize,
  advantages: usize,
  returns: usize,
  oldValues: usize,
  sampleWeights: usize,
  config: usize,
  dValues: usize,
  newLogProbs: usize,
  newValues: usize,
): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const clipCoef = v128.load32_splat(config);
  const vfClip = v128.load32_splat(config, 4);
  const mean = v128.load32_splat(config, 16);
  const invStd = v128.load32_splat(config, 20);
  const dualClip = v128.load32_splat(config, 24);
  const weight = v128.load32_splat(config, 28);
  const klCoef = v128.load32_splat(config, 32);

  let advantage = f32x4.mul(f32x4.sub(pick(advantages, i0, i1, i2, i3), mean), invStd);
  if (sampleWeights) advantage = f32x4.mul(advantage, pick(sampleWeights, i0, i1, i2, i3));
  const logRatio = f32x4.sub(logProb, pick(logProbs, i0, i1, i2, i3));
  const ratio = exp4(logRatio);
  const excess = f32x4.sub(ratio, one);
  const negative = f32x4.neg(advantage);
  const plain = f32x4.mul(negative, ratio);
  const lowest = f32x4.sub(one, clipCoef);
  const highest = f32x4.add(one, clipCoef);
  const clipped = f32x4.mul(negative, f32x4.pmin(f32x4.pmax(ratio, lowest), highest));
  const bound = f32x4.mul(negative, dualClip);
  let policy = f32x4.pmax(plain, clipped);
  // Within the clip range the two are equal and each passes half of the gradient: all of it.
  const flows = f32x4.ge(plain, clipped);
  const bounded = v128.and(f32x4.lt(advantage, zero), f32x4.gt(policy, bound));
  policy = v128.bitselect(bound, policy, bounded);
  const g = v128.and(f32x4.mul(plain, weight), v128.andnot(flows, bounded));

  const value = v128.load(values);
  const oldValue = pick(oldValues, i0, i1, i2, i3);
  const target = pick(returns, i0, i1, i2, i3);
  const moved = f32x4.sub(value, oldValue);
  const error = f32x4.sub(value, target);
  const clippedError = f32x4.sub(
    f32x4.add(oldValue, f32x4.pmin(f32x4.pmax(moved, f32x4.neg(vfClip)), vfClip)),
    target,
  );
  const square = f32x4.mul(error, error);
  const clippedSquare = f32x4.mul(clippedError, clippedError);
  // Not by comparing the losses: v₀ + (v − v₀) need not be v.
  const near = f32x4.le(f32x4.abs(moved), vfClip);
  const kept = v128.or(near, f32x4.gt(square, clippedSquare));
  const valueLoss = v128.bitselect(square, f32x4.pmax(clippedSquare, square), near);
  const vfWeight = f32x4.mul(v128.load32_splat(config, 12), weight);
  v128.store(dValues, v128.and(f32x4.mul(error, vfWeight), v128.and(kept, live)));

  if (newLogProbs) put(newLogProbs, logProb, i0, i1, i2, i3);
  if (newValues) put(newValues, value, i0, i1, i2, i3);

  policySum = f32x4.add(policySum, v128.and(policy, live));
  valueSum = f32x4.add(valueSum, v128.and(f32x4.mul(valueLoss, f32x4.splat(0.5)), live));
  entropySum = f32x4.add(entropySum, v128.and(entropy, live));
  klSum = f32x4.add(klSum, v128.and(f32x4.sub(excess, logRatio), live));
  oldKlSum = f32x4.sub(oldKlSum, v128.and(logRatio, live));
  const far = f32x4.gt(f32x4.abs(excess), clipCoef);
  clippedSum = f32x4.add(clippedSum, v128.and(one, v128.and(far, live)));
  return f32x4.add(g, f32x4.mul(f32x4.mul(klCoef, weight), excess));
}

/** Sets `rows` rows of a block to 0 in 4 samples, so that groups of 8 are whole. */
export function clearFour(block: usize, rows: i32, pitch: usize): void {
  const end = block + <usize>rows * pitch;
  for (let at = block; at < end; at += pitch) v128.store(at, f32x4.splat(0));
}
