import { liveLanes } from './lanes';
import { madd, PITCH } from './layout';
import { exp4, log4, nmadd } from './math';
import { beginSums, clearFour, counted, endSums, pick, surrogate, touch } from './surrogate';

/**
 * The clipped PPO loss of n block samples, and its gradient times `weight`.
 *
 *   loss   = policy − entCoef · H(p) + vfCoef · value + klCoef · kl, of kernels/surrogate.ts
 *   ∂/∂lⱼ  = g (1[a = j] − pⱼ) + entCoef · pⱼ (log pⱼ + H),  g = ∂(policy + klCoef · kl)/∂log p(a)
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
  sampleWeights: usize,
  config: usize,
  dLogits: usize,
  dValues: usize,
  newLogProbs: usize,
  newValues: usize,
  sums: usize,
): void {
  if (n <= 0) return;
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const entWeight = f32x4.mul(v128.load32_splat(config, 8), v128.load32_splat(config, 28));
  const width = <usize>components;
  const toGradient = dLogits - logits;
  beginSums();
  store<u32>(scratch, touch(indices, n, width, actions, logProbs, advantages, returns, oldValues));

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

    s += 4;
  } while (s < n);

  if (s & 4) {
    const rest = <usize>s << 2;
    let choices = 0;
    for (let k = 0; k < components; k++) choices += load<i32>(sizes + (<usize>k << 2));
    clearFour(dLogits + rest, choices, PITCH);
    clearFour(dValues + rest, 1, PITCH);
  }
  endSums(sums);
}
