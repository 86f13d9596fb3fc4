import { map, type OperatorFunction } from 'rxjs';
import { Arena } from '../lib/arena.ts';
import { type Bootstrapped, type Estimate, extend } from '../lib/records.ts';

export interface VtraceConfig {
  /** Discount per env step, in [0, 1]. */
  readonly gamma: number;
  /** Exponential weight of longer estimates, in [0, 1]; 1: as in IMPALA. */
  readonly gaeLambda: number;
  /** ρ̄, the most that a step's own error counts: decides which policy the values are those of. */
  readonly rhoClip: number;
  /** c̄, the most that an error counts for the steps before it: holds the variance down. */
  readonly cClip: number;
  /**
   * ρ̂ of IMPALA's policy gradient: the advantages are then min(ρ, ρ̂)·(r + γ vs′ − V), to be taken without a ratio. They
   * are A, as PufferLib takes them, where it is left out: PPO's loss multiplies by a ratio of its own.
   */
  readonly pgRhoClip?: number;
}

/**
 * V-trace: advantages of the policy that learns, from actions that another one chose. ρ[t] = π(a[t]) / μ(a[t]) is the
 * rollout's `ratios` [T, N]; where there are none they are 1, and this is `gae` bit for bit if ρ̄ and c̄ are at least 1.
 *
 *   δ[t] = min(ρ[t], ρ̄)·(r[t] + γ·V[t+1]·(1 − terminated[t]) − V[t])
 *   A[t] = δ[t] + γλ·min(ρ[t], c̄)·(1 − terminated[t])(1 − truncated[t])·A[t+1]
 *
 * After a truncation V[t+1] is as in `gae`, and the trace is cut. The last step is bootstrapped like every other, where
 * PufferLib leaves it without an advantage.
 *
 * @returns the rollout with `advantages` and `returns` [T, N] filled; returns = A + V, V-trace's targets vs
 * @throws RangeError if gamma or gaeLambda leaves [0, 1], or a clip is not positive
 * @see arXiv:1802.01561 (V-trace, IMPALA); rlax for λ; reference data: spec/golden/vtrace.json
 */
export function vtrace(config: VtraceConfig): OperatorFunction<Bootstrapped, Estimate> {
  const retrace = vtraceAgain(config);
  return map((rollout) => {
    const estimate = extend(rollout, { kind: 'estimate' as const }) as Estimate;
    retrace(estimate);
    return estimate;
  });
}

/** The same as a function that fills the columns anew: for `segments` to call when ratios and values have moved on. */
export function vtraceAgain(config: VtraceConfig): (rollout: Estimate) => void {
  const { gamma, gaeLambda, rhoClip, cClip, pgRhoClip } = config;
  for (const [name, value] of Object.entries({ gamma, gaeLambda })) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`vtrace: ${name} must be in [0, 1], got ${value}`);
  }
  for (const [name, value] of Object.entries({ rhoClip, cClip, pgRhoClip: pgRhoClip ?? 1 })) {
    if (!(value > 0)) throw new RangeError(`vtrace: ${name} must be positive, got ${value}`);
  }
  return (rollout) => {
    const { steps, rows, rewards, values, terminations, truncations, finalValues } = rollout;
    const { kernels } = Arena.of(rewards);
    const sizes = [steps, rows, gamma, gaeLambda] as const;
    const ratios = rollout.ratios?.byteOffset ?? 0;
    const transitions = [
      rewards.byteOffset,
      values.byteOffset,
      terminations.byteOffset,
      truncations.byteOffset,
      finalValues?.byteOffset ?? 0,
    ] as const;
    const advantages = rollout.advantages.byteOffset;
    kernels.vtrace(...sizes, rhoClip, cClip, ratios, ...transitions, advantages, rollout.returns.byteOffset);
    if (pgRhoClip !== undefined)
      kernels.vtracePolicy(...sizes, pgRhoClip, ratios, ...transitions, advantages);
  };
}
