import type { Saved, Stateful } from './nouns.ts';
import type { Rollout } from './records.ts';
import { checkFinite, checkNames, checkTensors, prefixed, unprefixed } from './restore.ts';
import { RunningMoments } from './runningMoments.ts';

/** Added to the variance. */
const EPSILON = 1e-8;

export interface RewardNormalizerOptions {
  /** Discount per env step, in [0, 1]. */
  readonly gamma: number;
  /** Rewards are cut to ± this; Infinity: not at all. By default 10. */
  readonly clip?: number;
}

/**
 * Scales rewards so that their discounted sum has a variance of 1; the mean stays as it is.
 *
 *   G ← γ G (1 − terminated) + r,  of each row, over its real transitions
 *   r ← r / √(variance of all G so far + 1e-8), cut to ±clip
 *
 * As in Gymnasium's NormalizeReward, the reward that an episode ends with goes on into the next one's G, those before it
 * don't, and a truncation ends nothing. All G of a rollout are merged before its rewards are scaled.
 *
 * @see reference data: spec/golden/running_stats.json
 */
export class RewardNormalizer implements Stateful {
  readonly #gamma: number;
  readonly #clip: number;
  readonly #moments = new RunningMoments(1);
  /** [N] G */
  readonly #returns: Float64Array;
  /** The G of a rollout's real transitions. */
  #seen = new Float64Array(0);

  /** @throws RangeError unless gamma is in [0, 1] and clip above 0 */
  constructor(rows: number, { gamma, clip = 10 }: RewardNormalizerOptions) {
    if (!(gamma >= 0 && gamma <= 1))
      throw new RangeError(`RewardNormalizer: gamma must be in [0, 1], got ${gamma}`);
    if (!(clip > 0)) throw new RangeError(`RewardNormalizer: clip must be positive, got ${clip}`);
    this.#gamma = gamma;
    this.#clip = clip;
    this.#returns = new Float64Array(rows);
  }

  /** Variance of the discounted sums so far. */
  get variance(): number {
    return this.#moments.variance[0];
  }

  /** Learns from the rollout's rewards and scales them, in place. @throws RangeError unless it has as many rows */
  normalize(rollout: Pick<Rollout, 'rows' | 'rewards' | 'terminations' | 'masks'>): void {
    const { rows, rewards, terminations, masks } = rollout;
    const returns = this.#returns;
    if (rows !== returns.length)
      throw new RangeError(`normalizeRewards: expected ${returns.length} rows, got ${rows}`);
    if (this.#seen.length < rewards.length) this.#seen = new Float64Array(rewards.length);
    const seen = this.#seen;
    let count = 0;
    for (let from = 0; from < rewards.length; from += rows) {
      for (let row = 0; row < rows; row++) {
        const i = from + row;
        if (masks[i] === 0) continue;
        returns[row] = this.#gamma * (terminations[i] ? 0 : returns[row]) + rewards[i];
        seen[count++] = returns[row];
      }
    }
    if (count > 0) this.#moments.mergeRows(seen, count);
    const scale = 1 / Math.sqrt(this.variance + EPSILON);
    for (let i = 0; i < rewards.length; i++)
      rewards[i] = Math.max(-this.#clip, Math.min(this.#clip, rewards[i] * scale));
  }

  save(): Saved {
    const { tensors, values } = this.#moments.save();
    const data = this.#returns.slice();
    return { tensors: { ...prefixed('moments.', tensors), returns: { shape: [data.length], data } }, values };
  }

  load({ tensors, values }: Saved): void {
    const own = this.save().tensors;
    checkNames('rewards', values, []);
    checkTensors('rewards', own, tensors);
    checkFinite('rewards', { returns: tensors.returns });
    this.#moments.load({ tensors: unprefixed('moments.', tensors), values });
    this.#returns.set(tensors.returns.data);
  }
}
