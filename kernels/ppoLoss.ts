import { liveLanes, sumLanes } from './lanes';
import { madd, PITCH } from './layout';
import { exp4, log4, nmadd } from './math';

/** The 4 words of a column at byte offsets a, b, c, d. */
// @ts-ignore: decorator
@inline
function pick(column: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let x = v128.load32_zero(column + a);
  x = v128.load_lane<f32>(column + b, x, 1);
  x = v128.load_lane<f32>(column + c, x, 2);
  return v128.load_lane<f32>(column + d, x, 3);
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, terms: v128): void {
  store<f64>(sum, load<f64>(sum) + sumLanes(terms));
}

/**
 * The clipped PPO loss of n block samples, and its gradient times `weight`.
 *
 *   r = exp(log p(a) − old log p(a)),  A = (advantage − mean) · invStd
 *   policy  = max(−A r, −A clip(r, 1 − c, 1 + c)); where A < 0 at most −dualClip · A
 *   value   = ½ max((v − R)², (v₀ + clip(v − v₀, ±vfClip) − R)²)
 *   loss    = policy − entCoef · H(p) + vfCoef · value
 *   ∂/∂lⱼ   = g (1[a = j] − pⱼ) + entCoef · pⱼ (log pⱼ + H),  g = ∂policy/∂r · r
 *
 * Of a policy with several components, log p(a) and H(p) are the sums of theirs, and g is the same in all gradients.
 *
 * @param logits block of the components' choices, one after another; dLogits is another, and holds the exponentials for
 * a while
 * @param indices u32: which element of the columns each sample is
 * @param sizes i32: the choices of each component
 * @param scratch 16 floats a component: what the first pass over the components of 4 samples leaves for the second
 * @see arXiv:1707.06347, arXiv:1912.09729 (dual clip); reference data: spec/golden/ppo_loss.json
 */
export function ppoLoss(
  logits: usize,
  values: usize,
  indices: usize,
  n: i32,
  sizes: usize,
  components: i32,
  scratch: usize,
  actions: usize,
  logProbs: usize,
  advantages: usize,
  returns: usize,
  oldValues: usize,
  config: usize,
  dLogits: usize,
  dValues: usize,
  sums: usize,
): void {
  if (n <= 0) return;
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const clipCoef = v128.load32_splat(config);
  const vfClip = v128.load32_splat(config, 4);
  const entCoef = v128.load32_splat(config, 8);
  const vfCoef = v128.load32_splat(config, 12);
  const mean = v128.load32_splat(config, 16);
  const invStd = v128.load32_splat(config, 20);
  const dualClip = v128.load32_splat(config, 24);
  const weight = v128.load32_splat(config, 28);
  const lowest = f32x4.sub(one, clipCoef);
  const highest = f32x4.add(one, clipCoef);
  const entWeight = f32x4.mul(entCoef, weight);
  const vfWeight = f32x4.mul(vfCoef, weight);

  let policySum = zero;
  let valueSum = zero;
  let entropySum = zero;
  let klSum = zero;
  let oldKlSum = zero;
  let clippedSum = zero;

  const width = <usize>components;
  const toGradient = dLogits - logits;
  // The columns are out of cache and in random order: to read them all at once lets the misses overlap.
  let seen: u32 = 0;
  let next = 0;
  do {
    const i = <usize>load<u32>(indices + (<usize>next << 2)) << 2;
    seen |= load<u32>(actions + i * width) | load<u32>(logProbs + i) | load<u32>(advantages + i);
    seen |= load<u32>(returns + i) | load<u32>(oldValues + i);
  } while (++next < n);
  store<u32>(scratch, seen);

  let s = 0;
  do {
    const live = liveLanes(n - s);
    // Lanes past n repeat the last sample; whatever they give is masked away.
    const last = n - 1 - s;
    const at = indices + (<usize>s << 2);
    const i0 = <usize>load<u32>(at) << 2;
    const i1 = <usize>load<u32>(at + (<usize>min(1, last) << 2)) << 2;
    const i2 = <usize>load<u32>(at + (<usize>min(2, last) << 2)) << 2;
    const i3 = <usize>load<u32>(at + (<usize>min(3, last) << 2)) << 2;
    const oldLogProb = pick(logProbs, i0, i1, i2, i3);
    const advantage = f32x4.mul(f32x4.sub(pick(advantages, i0, i1, i2, i3), mean), invStd);
    const target = pick(returns, i0, i1, i2, i3);
    const oldValue = pick(oldValues, i0, i1, i2, i3);

    // softmax of each component: max, Σ e, Σ e·(l − max); the exponentials wait in dLogits
    let logProb = zero;
    let entropy = zero;
    let l = logits + (<usize>s << 2);
    let k = 0;
    do {
      const choices = <usize>load<i32>(sizes + (<usize>k << 2));
      const end = l + choices * PITCH;
      const column = actions + (<usize>k << 2);
      const action = pick(column, i0 * width, i1 * width, i2 * width, i3 * width);
      let max = v128.load(l);
      for (let m = l + PITCH; m < end; m += PITCH) max = f32x4.pmax(max, v128.load(m));
      let sum = zero;
      let weighted = zero;
      let chosen = zero;
      let j = i32x4.splat(0);
      do {
        const d = f32x4.sub(v128.load(l), max);
        // e = 0 below −88, and 0 · −Infinity must be 0.
        const e = exp4(d);
        sum = f32x4.add(sum, e);
        weighted = madd(e, f32x4.pmax(d, f32x4.splat(-88)), weighted);
        chosen = v128.bitselect(d, chosen, i32x4.eq(j, action));
        v128.store(l + toGradient, e);
        j = i32x4.add(j, i32x4.splat(1));
        l += PITCH;
      } while (l < end);
      const logSum = log4(sum);
      const inverse = f32x4.div(one, sum);
      const own = nmadd(weighted, inverse, logSum);
      logProb = f32x4.add(logProb, f32x4.sub(chosen, logSum));
      entropy = f32x4.add(entropy, own);
      const kept = scratch + (<usize>k << 6);
      v128.store(kept, action);
      v128.store(kept, max, 16);
      v128.store(kept, inverse, 32);
      v128.store(kept, f32x4.sub(logSum, own), 48);
      k++;
    } while (k < components);

    // policy
    const logRatio = f32x4.sub(logProb, oldLogProb);
    const ratio = exp4(logRatio);
    const negative = f32x4.neg(advantage);
    const plain = f32x4.mul(negative, ratio);
    const clipped = f32x4.mul(negative, f32x4.pmin(f32x4.pmax(ratio, lowest), highest));
    const bound = f32x4.mul(negative, dualClip);
    let policy = f32x4.pmax(plain, clipped);
    // Within the clip range the two are equal and each passes half of the gradient: all of it.
    const flows = f32x4.ge(plain, clipped);
    const bounded = v128.and(f32x4.lt(advantage, zero), f32x4.gt(policy, bound));
    policy = v128.bitselect(bound, policy, bounded);
    const g = v128.and(f32x4.mul(plain, weight), v128.andnot(flows, bounded));

    // value
    const value = v128.load(values + (<usize>s << 2));
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
    v128.store(dValues + (<usize>s << 2), v128.and(f32x4.mul(error, vfWeight), v128.and(kept, live)));

    // ∂/∂lⱼ = 1[a = j] g + pⱼ (entCoef (log pⱼ + H) − g), H being the component's own
    l = logits + (<usize>s << 2);
    k = 0;
    do {
      const end = l + <usize>load<i32>(sizes + (<usize>k << 2)) * PITCH;
      const kept = scratch + (<usize>k << 6);
      const action = v128.load(kept);
      const max = v128.load(kept, 16);
      const inverse = v128.load(kept, 32);
      const base = nmadd(entWeight, v128.load(kept, 48), f32x4.neg(g));
      let j = i32x4.splat(0);
      do {
        const d = f32x4.pmax(f32x4.sub(v128.load(l), max), f32x4.splat(-88));
        const p = f32x4.mul(v128.load(l + toGradient), inverse);
        const own = v128.and(g, i32x4.eq(j, action));
        v128.store(l + toGradient, v128.and(madd(p, madd(entWeight, d, base), own), live));
        j = i32x4.add(j, i32x4.splat(1));
        l += PITCH;
      } while (l < end);
      k++;
    } while (k < components);

    const excess = f32x4.sub(ratio, one);
    policySum = f32x4.add(policySum, v128.and(policy, live));
    valueSum = f32x4.add(valueSum, v128.and(f32x4.mul(valueLoss, f32x4.splat(0.5)), live));
    entropySum = f32x4.add(entropySum, v128.and(entropy, live));
    klSum = f32x4.add(klSum, v128.and(f32x4.sub(excess, logRatio), live));
    oldKlSum = f32x4.sub(oldKlSum, v128.and(logRatio, live));
    const far = f32x4.gt(f32x4.abs(excess), clipCoef);
    clippedSum = f32x4.add(clippedSum, v128.and(one, v128.and(far, live)));
    s += 4;
  } while (s < n);

  // The other half of the last group of 8.
  if (s & 4) {
    v128.store(dValues + (<usize>s << 2), zero);
    let at = dLogits + (<usize>s << 2);
    for (let k = 0; k < components; k++) {
      const end = at + <usize>load<i32>(sizes + (<usize>k << 2)) * PITCH;
      for (; at < end; at += PITCH) v128.store(at, zero);
    }
  }
  addTo(sums, policySum);
  addTo(sums + 8, valueSum);
  addTo(sums + 16, entropySum);
  addTo(sums + 24, klSum);
  addTo(sums + 32, oldKlSum);
  addTo(sums + 40, clippedSum);
}
