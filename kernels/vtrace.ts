import { flags, tdErrors } from './gae';
import { loadLanes, storeLanes } from './lanes';
import { madd } from './layout';

/** Rows that pass through all steps together: 30 bytes of each row and step, so a strip stays in the first cache. */
const STRIP: i32 = 1024;

/** min(ratio, clip) of the first `count` rows at `ratios`; 1 for a ratio where there are none. */
// @ts-ignore: decorator
@inline
function clipped(ratios: usize, at: usize, clip: v128, count: i32): v128 {
  return f32x4.pmin(ratios ? loadLanes(ratios + at, count) : f32x4.splat(1), clip);
}

/**
 * V-trace over columns [steps, rows], backwards in time, ρ being the ratio of the learner's probability of the action to
 * that of the policy which chose it.
 *
 *   δ[t] = min(ρ[t], ρ̄)·(r[t] + γ V′·(1 − terminated[t]) − V[t]),  V′ as in `gae`
 *   A[t] = δ[t] + γλ min(ρ[t], c̄)(1 − terminated[t])(1 − truncated[t]) A[t + 1],  A[steps] = 0
 *   returns[t] = A[t] + V[t]
 *
 * `returns` are V-trace's targets, A is what PufferLib takes as advantage. Where ρ, ρ̄ and c̄ are 1 it has the bits of
 * `gae`; what is multiplied by 0 is left out here too.
 *
 * @see arXiv:1802.01561, with λ as in rlax; reference data: spec/golden/vtrace.json
 */
export function vtrace(
  steps: i32,
  rows: i32,
  gamma: f64,
  lambda: f64,
  rhoClip: f64,
  cClip: f64,
  ratios: usize,
  rewards: usize,
  values: usize,
  terminations: usize,
  truncations: usize,
  finalValues: usize,
  advantages: usize,
  returns: usize,
): void {
  const discount = f32x4.splat(<f32>gamma);
  const decay = f32x4.splat(<f32>(gamma * lambda));
  const most = f32x4.splat(<f32>rhoClip);
  const mostTrace = f32x4.splat(<f32>cClip);
  const pitch = <usize>rows << 2;
  for (let from = 0; from < rows; from += STRIP) {
    const to = min(from + STRIP, rows);
    for (let t = steps - 1; t >= 0; t--) {
      const step = <usize>t * <usize>rows;
      const last = t == steps - 1;
      let i = from;
      do {
        const left = to - i;
        const at = step + i;
        const offset = at << 2;
        const terminated = flags(terminations + at, left);
        const truncated = flags(truncations + at, left);
        const error = tdErrors(
          discount,
          rewards,
          values,
          finalValues,
          offset,
          pitch,
          terminated,
          truncated,
          left,
        );
        const delta = f32x4.mul(clipped(ratios, offset, most, left), error);
        let later = f32x4.splat(0);
        if (!last) later = loadLanes(advantages + offset + pitch, left);
        later = v128.andnot(later, v128.or(terminated, truncated));
        const trace = f32x4.mul(decay, clipped(ratios, offset, mostTrace, left));
        const advantage = madd(trace, later, delta);
        storeLanes(advantages + offset, advantage, left);
        storeLanes(returns + offset, f32x4.add(advantage, loadLanes(values + offset, left)), left);
        i += 4;
      } while (i < to);
    }
  }
}

/**
 * IMPALA's advantages for the policy gradient, in place of those that `vtrace` has written with the same γ and λ:
 *
 *   advantages[t] ← min(ρ[t], ρ̂)·(r[t] + γ V″ − V[t]),  V″ = V′·(1 − terminated[t]) + λ (1 − terminated[t])(1 − truncated[t]) A[t + 1]
 *
 * With λ = 1, V″ is the target of the step after: vs[t + 1].
 */
export function vtracePolicy(
  steps: i32,
  rows: i32,
  gamma: f64,
  lambda: f64,
  rhoClip: f64,
  ratios: usize,
  rewards: usize,
  values: usize,
  terminations: usize,
  truncations: usize,
  finalValues: usize,
  advantages: usize,
): void {
  const discount = f32x4.splat(<f32>gamma);
  const decay = f32x4.splat(<f32>(gamma * lambda));
  const most = f32x4.splat(<f32>rhoClip);
  const pitch = <usize>rows << 2;
  // Forwards: a step reads what the one after it still holds.
  for (let t = 0; t < steps; t++) {
    const step = <usize>t * <usize>rows;
    let i = 0;
    do {
      const left = rows - i;
      const at = step + i;
      const offset = at << 2;
      const terminated = flags(terminations + at, left);
      const truncated = flags(truncations + at, left);
      const error = tdErrors(
        discount,
        rewards,
        values,
        finalValues,
        offset,
        pitch,
        terminated,
        truncated,
        left,
      );
      let later = f32x4.splat(0);
      if (t < steps - 1) later = loadLanes(advantages + offset + pitch, left);
      later = v128.andnot(later, v128.or(terminated, truncated));
      const ahead = madd(decay, later, error);
      storeLanes(advantages + offset, f32x4.mul(clipped(ratios, offset, most, left), ahead), left);
      i += 4;
    } while (i < rows);
  }
}
