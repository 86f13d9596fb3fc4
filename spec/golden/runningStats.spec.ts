import { of } from 'rxjs';
import { Arena } from '../../lib/arena.ts';
import { ObservationNormalizer } from '../../lib/observationNormalizer.ts';
import type { Rollout } from '../../lib/records.ts';
import { RewardNormalizer } from '../../lib/rewardNormalizer.ts';
import { RunningMoments } from '../../lib/runningMoments.ts';
import { normalizeObservations } from '../../operators/normalizeObservations.ts';
import { normalizeRewards } from '../../operators/normalizeRewards.ts';
import { assertClose, golden } from './golden.ts';

type Nested = number | Nested[];

interface Seen {
  raw: number[];
  out: number[];
  mean: number[];
  var: number[];
}

/** reward, terminated, truncated, normalized, discounted reward, variance of the discounted rewards */
type Paid = [number, number, number, number, number, number];

interface VecStep {
  raw_obs: number[][];
  obs: number[][];
  mean: number[];
  var: number[];
  raw_reward?: number[];
  reward?: number[];
  done?: number[];
  ret_var?: number;
}

const data = golden<{
  running_mean_std: {
    shape: number[];
    epsilon_count: number;
    steps: { batch: Nested[]; mean: Nested; var: Nested; count: number }[];
  }[];
  normalize_observation: { obs_dtype: string; frozen_from: number; sequence: Seen[] }[];
  normalize_reward: { gamma: number; sequence: Paid[] }[];
  vec_normalize: { gamma: number; clip_obs: number; clip_reward: number; steps: VecStep[] };
}>('running_stats');

function flat(nested: Nested): number[] {
  return typeof nested === 'number' ? [nested] : nested.flatMap(flat);
}

/** A normaliser of rows of floats, one rollout a step: what is merged after a rollout is merged before the next one. */
function observationNormalizer(size: number, rows: number) {
  const arena = new Arena(1 << 20);
  const options = { inputs: size, network: { normalizeBytes: false } };
  const normal = arena.take({ means: ['f32', size], scales: ['f32', size] });
  const normalizer = new ObservationNormalizer(options, arena, normal);
  const columns = arena.take({
    observations: ['f32', rows * size],
    masks: ['f32', rows],
    order: ['u32', rows],
    block: ['f32', Math.ceil(size / arena.kernels.rows()) * arena.kernels.rows() * arena.kernels.stride()],
  });
  columns.masks.fill(1);
  return {
    normalizer,
    see(raw: number[]) {
      columns.observations.set(raw);
      of(columns as unknown as Rollout)
        .pipe(normalizeObservations(normalizer))
        .subscribe();
    },
    normalized(): number[] {
      const { kernels } = arena;
      const { observations, block } = columns;
      kernels.gather(observations.byteOffset, 0, rows, size, block.byteOffset);
      const { means, scales } = normal;
      kernels.normalizeBlock(block.byteOffset, size, rows, means.byteOffset, scales.byteOffset, 10);
      return Array.from(
        { length: rows * size },
        (_, i) => block[(i % size) * kernels.stride() + Math.floor(i / size)],
      );
    },
  };
}

function pay(normalizer: RewardNormalizer, rewards: number[], terminations: ArrayLike<number>): Float32Array {
  const rollout = {
    rows: rewards.length,
    rewards: Float32Array.from(rewards),
    terminations: Uint8Array.from(terminations),
    masks: new Float32Array(rewards.length).fill(1),
  };
  of(rollout as unknown as Rollout)
    .pipe(normalizeRewards(normalizer))
    .subscribe();
  return rollout.rewards;
}

describe('golden: running statistics against Gymnasium and Stable-Baselines3', () => {
  for (const { shape, epsilon_count, steps } of data.running_mean_std) {
    it(`mean and variance of batches of shape [${shape}]`, () => {
      const moments = new RunningMoments(flat(steps[0].mean).length, epsilon_count);
      for (const { batch, mean, var: variance, count } of steps) {
        moments.mergeRows(batch.flatMap(flat), batch.length);
        assertClose(moments.mean, flat(mean), 1e-9, 'mean');
        assertClose(moments.variance, flat(variance), 1e-9, 'variance');
        assertClose([moments.count], [count], 1e-12, 'count');
      }
    });
  }

  for (const { obs_dtype, frozen_from, sequence } of data.normalize_observation) {
    it(`NormalizeObservation of ${obs_dtype}, frozen after ${frozen_from}`, () => {
      const size = sequence[0].raw.length;
      const { normalizer, see, normalized } = observationNormalizer(size, 1);
      // Gymnasium keeps the statistics of float32 observations in float32, we those of all in float64; we read float32,
      // whose rounding is as large as the first few variances.
      const tolerance = obs_dtype === 'float32' ? 1e-3 : 1e-5;
      for (const [t, { raw, out, mean, var: variance }] of sequence.entries()) {
        normalizer.frozen = t >= frozen_from;
        see(raw);
        for (let i = 0; i < size; i++) {
          assertClose([normalizer.moments.mean[i]], [mean[i]], 1e-6, `mean[${t}]`, 1 + Math.abs(mean[i]));
          assertClose([normalizer.moments.variance[i]], [variance[i]], tolerance, `variance[${t}]`);
        }
        const got = normalized();
        for (let i = 0; i < size; i++) {
          // An observation and a mean are float32 when they are subtracted.
          const rounding = (2 ** -23 * Math.abs(raw[i])) / Math.sqrt(variance[i]);
          assertClose([got[i]], [out[i]], tolerance + rounding, `out[${t}][${i}]`, 1);
        }
      }
    });
  }

  for (const { gamma, sequence } of data.normalize_reward) {
    it(`NormalizeReward with γ ${gamma}`, () => {
      const normalizer = new RewardNormalizer(1, { gamma, clip: Number.POSITIVE_INFINITY });
      for (const [t, [reward, terminated, , normalized, discounted, variance]] of sequence.entries()) {
        assertClose(pay(normalizer, [reward], [terminated]), [normalized], 1e-6, `reward[${t}]`);
        assertClose(
          normalizer.save().tensors.returns.data,
          [discounted],
          1e-6,
          `G[${t}]`,
          1 + Math.abs(discounted),
        );
        assertClose([normalizer.variance], [variance], 1e-5, `variance[${t}]`);
      }
    });
  }

  it('VecNormalize: several envs, with clipping', () => {
    const { gamma, clip_reward, steps } = data.vec_normalize;
    const [rows, size] = [steps[0].raw_obs.length, steps[0].raw_obs[0].length];
    const { normalizer, see, normalized } = observationNormalizer(size, rows);
    const rewards = new RewardNormalizer(rows, { gamma, clip: clip_reward });
    // It forgets G after an episode's last step, where Gymnasium does so at it: a step later.
    let over = new Array(rows).fill(0);
    for (const [
      t,
      { raw_obs, obs, mean, var: variance, raw_reward, reward, done, ret_var },
    ] of steps.entries()) {
      see(raw_obs.flat());
      assertClose(normalizer.moments.mean, mean, 1e-6, `mean[${t}]`);
      for (let i = 0; i < size; i++)
        assertClose([normalizer.moments.variance[i]], [variance[i]], 1e-5, `variance[${t}]`);
      const clipped = normalized().map((x) =>
        Math.max(-data.vec_normalize.clip_obs, Math.min(data.vec_normalize.clip_obs, x)),
      );
      assertClose(clipped, obs.flat(), 1e-4, `obs[${t}]`, 1);
      if (!raw_reward || !reward || !done || ret_var === undefined) continue;
      assertClose(pay(rewards, raw_reward, over), reward, 1e-6, `reward[${t}]`, 1);
      assertClose([rewards.variance], [ret_var], 1e-6, `variance of G[${t}]`);
      over = done;
    }
  });
});
