/** Sign-extends the lanes of a byte mask: bytes 4k … 4k + 3 for quarter k. */
// @ts-ignore: decorator
@inline
function widen(mask: v128, quarter: i32): v128 {
  const half = quarter < 2 ? i16x8.extend_low_i8x16_s(mask) : i16x8.extend_high_i8x16_s(mask);
  return quarter & 1 ? i32x4.extend_high_i16x8_s(half) : i32x4.extend_low_i16x8_s(half);
}

/** Masks, steps and returns of rows i … i + 3, given their rewards; returns the mask of those whose step reaches `limit`. */
// @ts-ignore: decorator
@inline
function count(
  live: v128,
  reward: v128,
  limit: v128,
  i: usize,
  masks: usize,
  elapsed: usize,
  episodeReturns: usize,
): v128 {
  const at = i << 2;
  const sums = episodeReturns + (i << 3);
  const steps = v128.and(i32x4.add(v128.load(elapsed + at), i32x4.splat(1)), live);
  v128.store(masks + at, v128.and(f32x4.splat(1), live));
  v128.store(elapsed + at, steps);
  const low = f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(reward));
  const upper = v128.shuffle<i64>(reward, reward, 1, 1);
  const high = f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(upper));
  v128.store(sums, v128.and(low, i64x2.extend_low_i32x4_s(live)));
  v128.store(sums, v128.and(high, i64x2.extend_high_i32x4_s(live)), 16);
  return i32x4.ge_s(steps, limit);
}

/** The rewards of rows i … i + 3, 0 where they are not live; stores them. */
// @ts-ignore: decorator
@inline
function pay(rewards: usize, i: usize, live: v128): v128 {
  const reward = v128.and(v128.load(rewards + (i << 2)), live);
  v128.store(rewards + (i << 2), reward);
  return reward;
}

/** The larger of magnitudes, and |rewards|, as integers without their sign bits: those not finite are the largest. */
// @ts-ignore: decorator
@inline
function larger(magnitudes: v128, rewards: v128): v128 {
  return i32x4.max_u(magnitudes, i32x4.shl(rewards, 1));
}

/**
 * The bookkeeping of one step of rows 0..n: masks, time limits, episode returns and the list of finished rows.
 *
 *   pending[i]: the row was just reset, and everything of it becomes 0
 *   otherwise:  mask 1, elapsed + 1, truncated = elapsed ≥ limit (0: no limit), episodeReturns + reward
 *   then pending[i] = ended[i] = terminated or truncated, and the rows where it is 1 are listed in `finished`
 *
 * @param ended 0: none
 * @returns how many rows finished, or −1 − i for the first row i whose reward is not finite; what comes after is undone
 */
export function bookkeep(
  n: i32,
  limit: i32,
  rewards: usize,
  terminations: usize,
  truncations: usize,
  masks: usize,
  elapsed: usize,
  episodeReturns: usize,
  pending: usize,
  ended: usize,
  finished: usize,
): i32 {
  if (limit <= 0) limit = i32.MAX_VALUE;
  const limits = i32x4.splat(limit);
  const zero = i8x16.splat(0);
  const sixteens = <usize>(n & ~15);
  let finishedRows = 0;

  let i: usize = 0;
  // 64 rows at a time, so that the loop over those that finished, whose end is seldom foreseen, comes to one only once.
  while (i < sixteens) {
    const first = i;
    const end = min(i + 64, sixteens);
    let magnitudes = zero;
    let bits: u64 = 0;
    do {
      const live = i8x16.eq(v128.load(pending + i), zero);
      const live0 = widen(live, 0);
      const live1 = widen(live, 1);
      const live2 = widen(live, 2);
      const live3 = widen(live, 3);
      const reward0 = pay(rewards, i, live0);
      const late0 = count(live0, reward0, limits, i, masks, elapsed, episodeReturns);
      const reward1 = pay(rewards, i + 4, live1);
      const late1 = count(live1, reward1, limits, i + 4, masks, elapsed, episodeReturns);
      const reward2 = pay(rewards, i + 8, live2);
      const late2 = count(live2, reward2, limits, i + 8, masks, elapsed, episodeReturns);
      const reward3 = pay(rewards, i + 12, live3);
      const late3 = count(live3, reward3, limits, i + 12, masks, elapsed, episodeReturns);
      magnitudes = larger(larger(larger(larger(magnitudes, reward0), reward1), reward2), reward3);
      const late = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(late0, late1), i16x8.narrow_i32x4_s(late2, late3));
      const terminated = v128.and(v128.load(terminations + i), live);
      const truncated = v128.and(v128.and(late, i8x16.splat(1)), live);
      const ends = i8x16.ne(v128.or(terminated, truncated), zero);
      const flags = v128.and(ends, i8x16.splat(1));
      v128.store(terminations + i, terminated);
      v128.store(truncations + i, truncated);
      v128.store(pending + i, flags);
      if (ended) v128.store(ended + i, flags);
      bits |= <u64>i8x16.bitmask(ends) << (<u64>(i - first));
      i += 16;
    } while (i < end);
    if (v128.any_true(i32x4.ge_u(magnitudes, i32x4.splat(0xff000000)))) {
      i = first;
      while (isFinite(load<f32>(rewards + (i << 2)))) i++;
      return -1 - <i32>i;
    }
    for (; bits; bits &= bits - 1) {
      store<i32>(finished + (<usize>(finishedRows++) << 2), <i32>(first + <usize>ctz(bits)));
    }
  }

  for (; i < <usize>n; i++) {
    const live = !load<u8>(pending + i);
    const reward: f32 = live ? load<f32>(rewards + (i << 2)) : 0;
    if (!isFinite(reward)) return -1 - <i32>i;
    const steps = live ? load<i32>(elapsed + (i << 2)) + 1 : 0;
    const terminated: u8 = live ? load<u8>(terminations + i) : 0;
    const truncated: u8 = live ? <u8>(steps >= limit) : 0;
    const ends = (terminated | truncated) != 0;
    store<f32>(rewards + (i << 2), reward);
    store<u8>(terminations + i, terminated);
    store<u8>(truncations + i, truncated);
    store<f32>(masks + (i << 2), <f32>live);
    store<i32>(elapsed + (i << 2), steps);
    store<f64>(episodeReturns + (i << 3), live ? load<f64>(episodeReturns + (i << 3)) + <f64>reward : 0);
    store<u8>(pending + i, <u8>ends);
    if (ended) store<u8>(ended + i, <u8>ends);
    if (ends) store<i32>(finished + (<usize>(finishedRows++) << 2), <i32>i);
  }
  return finishedRows;
}
