import { liveLanes, loadLanes, storeLanes, sumLanes } from './lanes';
import { madd, span } from './layout';

/**
 * A critic's squared error against the soft Bellman target, and its gradient:
 *
 *   y = R + γ (min(Q₁′, Q₂′) − α log π′),  L = Σ w (q − y)²,  dq = weight · 2 w (q − y)
 *
 * @param q,nextQ1,nextQ2,nextLogProbs,dQ blocks of 1 feature; padding samples of dQ become 0
 * @param returns R and `discounts` γ (0 where the episode terminated) of each sample, f32 [n]
 * @param sampleWeights w, f32 [n]; 0: all are 1
 * @param errors f32 [n], to which ½ |q − y| is added; 0: none
 * @param sums 2 f64, added to: L, Σ q
 */
export function sacCritic(
  q: usize,
  nextQ1: usize,
  nextQ2: usize,
  nextLogProbs: usize,
  n: i32,
  returns: usize,
  discounts: usize,
  sampleWeights: usize,
  alpha: f32,
  weight: f32,
  dQ: usize,
  errors: usize,
  sums: usize,
): void {
  const alphas = f32x4.splat(alpha);
  const twice = f32x4.splat(2 * weight);
  let loss: f64 = 0;
  let total: f64 = 0;
  for (let s = 0; s < n; s += 4) {
    const at = <usize>s << 2;
    const live = liveLanes(n - s);
    const next = f32x4.pmin(v128.load(nextQ1 + at), v128.load(nextQ2 + at));
    const soft = f32x4.sub(next, f32x4.mul(alphas, v128.load(nextLogProbs + at)));
    const target = madd(loadLanes(discounts + at, n - s), soft, loadLanes(returns + at, n - s));
    const value = v128.and(v128.load(q + at), live);
    const error = v128.and(f32x4.sub(value, target), live);
    const scaled = sampleWeights ? f32x4.mul(error, loadLanes(sampleWeights + at, n - s)) : error;
    loss += sumLanes(f32x4.mul(scaled, error));
    total += sumLanes(value);
    v128.store(dQ + at, f32x4.mul(twice, scaled));
    if (errors) {
      const half = f32x4.mul(f32x4.splat(0.5), f32x4.abs(error));
      storeLanes(errors + at, f32x4.add(loadLanes(errors + at, n - s), half), n - s);
    }
  }
  clearTail(dQ, n);
  store<f64>(sums, load<f64>(sums) + loss);
  store<f64>(sums + 8, load<f64>(sums + 8) + total);
}

/** 0 to the group of 4 that ends a block's span, if the samples do not reach it. */
// @ts-ignore: decorator
@inline
function clearTail(dQ: usize, n: i32): void {
  const done = <usize>((n + 3) & -4) << 2;
  if (done < span(n)) v128.store(dQ + done, f32x4.splat(0));
}

/**
 * What the actor loses, L = Σ α log π − min(Q₁, Q₂), and its gradient by both critics: −weight for the lower (the
 * first of equals), 0 for the other.
 *
 * @param q1,q2,logProbs,dQ1,dQ2 blocks of 1 feature; padding samples of dQ1 and dQ2 become 0
 * @param sums 2 f64, added to: L, Σ log π
 */
export function sacActor(
  q1: usize,
  q2: usize,
  logProbs: usize,
  n: i32,
  alpha: f32,
  weight: f32,
  dQ1: usize,
  dQ2: usize,
  sums: usize,
): void {
  const alphas = f32x4.splat(alpha);
  const down = f32x4.splat(-weight);
  let loss: f64 = 0;
  let total: f64 = 0;
  for (let s = 0; s < n; s += 4) {
    const at = <usize>s << 2;
    const live = liveLanes(n - s);
    const a = v128.load(q1 + at);
    const b = v128.load(q2 + at);
    const first = f32x4.le(a, b);
    const logProb = v128.and(v128.load(logProbs + at), live);
    const lost = f32x4.sub(f32x4.mul(alphas, logProb), v128.bitselect(a, b, first));
    loss += sumLanes(v128.and(lost, live));
    total += sumLanes(logProb);
    v128.store(dQ1 + at, v128.and(v128.and(down, first), live));
    v128.store(dQ2 + at, v128.and(v128.andnot(down, first), live));
  }
  clearTail(dQ1, n);
  clearTail(dQ2, n);
  store<f64>(sums, load<f64>(sums) + loss);
  store<f64>(sums + 8, load<f64>(sums + 8) + total);
}

/** target ← target + τ (source − target), n floats; n is a multiple of 4. */
export function polyak(target: usize, source: usize, n: i32, tau: f32): void {
  const taus = f32x4.splat(tau);
  for (const end = target + (<usize>n << 2); target < end; target += 16, source += 16) {
    const old = v128.load(target);
    v128.store(target, madd(taus, f32x4.sub(v128.load(source), old), old));
  }
}
