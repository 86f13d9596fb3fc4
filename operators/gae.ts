import { map, type OperatorFunction } from 'rxjs';
import { Arena } from '../lib/arena.ts';
import { type Bootstrapped, type Estimate, extend } from '../lib/records.ts';

export interface GaeConfig {
  /** Discount per env step, in [0, 1]. */
  readonly gamma: number;
  /** Exponential weight of longer estimates, in [0, 1]. */
  readonly gaeLambda: number;
}

/**
 * Generalized advantage estimation, computed backwards in time.
 *
 *   δ[t] = r[t] + γ·V[t+1]·(1 − terminated[t]) − V[t]
 *   A[t] = δ[t] + γλ·(1 − terminated[t])(1 − truncated[t])·A[t+1]
 *
 * After a truncation V[t+1] is the value of the episode's last observation: with NEXT_STEP autoreset that is the next
 * row, with SAME_STEP the rollout's `finalValues`.
 *
 * @returns the rollout with `advantages` and `returns` [T, N] filled; returns = A + V
 * @throws RangeError if gamma or gaeLambda leaves [0, 1]
 * @see arXiv:1506.02438; reference data: spec/golden/gae.json
 */
export function gae({ gamma, gaeLambda }: GaeConfig): OperatorFunction<Bootstrapped, Estimate> {
  for (const [name, value] of Object.entries({ gamma, gaeLambda })) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`gae: ${name} must be in [0, 1], got ${value}`);
  }
  return map((rollout) => {
    const { steps, rows, rewards, values, terminations, truncations, finalValues } = rollout;
    const estimate = extend(rollout, { kind: 'estimate' as const }) as Estimate;
    Arena.of(rewards).kernels.gae(
      steps,
      rows,
      gamma,
      gaeLambda,
      rewards.byteOffset,
      values.byteOffset,
      terminations.byteOffset,
      truncations.byteOffset,
      finalValues?.byteOffset ?? 0,
      estimate.advantages.byteOffset,
      estimate.returns.byteOffset,
    );
    return estimate;
  });
}
