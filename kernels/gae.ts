import { loadLanes, storeLanes } from './lanes';
import { madd } from './layout';

/** Rows that pass through all steps together: 26 bytes of each row and step, so a strip stays in the first cache. */
const STRIP: i32 = 1024;

/** Mask of the lanes whose byte, among the first `count` ≤ 4 at `pointer`, is not 0. */
// @ts-ignore: decorator
@inline
export function flags(pointer: usize, count: i32): v128 {
  let word: u32;
  if (count >= 4) word = load<u32>(pointer);
  else {
    word = load<u8>(pointer);
    if (count > 1) word |= <u32>load<u8>(pointer, 1) << 8;
    if (count > 2) word |= <u32>load<u8>(pointer, 2) << 16;
  }
  const bytes = i16x8.extend_low_i8x16_u(i32x4.splat(word));
  return i32x4.ne(i32x4.extend_low_i16x8_u(bytes), i32x4.splat(0));
}

/** r + γ V′·(1 − terminated) − V of the first `count` rows from byte `at` on, `pitch` bytes a step. */
// @ts-ignore: decorator
@inline
export function tdErrors(
  discount: v128,
  rewards: usize,
  values: usize,
  finalValues: usize,
  at: usize,
  pitch: usize,
  terminated: v128,
  truncated: v128,
  count: i32,
): v128 {
  let next = loadLanes(values + at + pitch, count);
  if (finalValues) next = v128.bitselect(loadLanes(finalValues + at, count), next, truncated);
  next = v128.andnot(next, terminated);
  return f32x4.sub(madd(discount, next, loadLanes(rewards + at, count)), loadLanes(values + at, count));
}

/**
 * Generalized advantage estimation over columns [steps, rows], backwards in time.
 *
 *   δ[t] = r[t] + γ V′·(1 − terminated[t]) − V[t],  V′ = truncated[t] and finalValues given ? finalValues[t] : V[t + 1]
 *   A[t] = δ[t] + γλ (1 − terminated[t])(1 − truncated[t]) A[t + 1],  A[steps] = 0
 *   returns[t] = A[t] + V[t]
 *
 * What is multiplied by 0 here is left out, so it may be NaN. A row's result does not depend on its place in the batch.
 *
 * @see arXiv:1506.02438; reference data: spec/golden/gae.json
 */
export function gae(
  steps: i32,
  rows: i32,
  gamma: f64,
  lambda: f64,
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
        const delta = tdErrors(
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
        if (!last) later = loadLanes(advantages + offset + pitch, left);
        later = v128.andnot(later, v128.or(terminated, truncated));
        const advantage = madd(decay, later, delta);
        storeLanes(advantages + offset, advantage, left);
        storeLanes(returns + offset, f32x4.add(advantage, loadLanes(values + offset, left)), left);
        i += 4;
      } while (i < to);
    }
  }
}
