import type { OperatorFunction } from 'rxjs';
import type { Agent } from '../lib/nouns.ts';
import { type Bootstrapped, extend, type Rollout } from '../lib/records.ts';
import { answer } from './answer.ts';

/**
 * Fills the values that lie beyond a rollout's transitions: V[T] of the waiting observation, and (SAME_STEP autoreset)
 * V of the last observation of every truncated episode. Nothing is sampled and no recurrent state moves.
 */
export function bootstrap(agent: Agent): OperatorFunction<Rollout, Bootstrapped> {
  return answer((rollout) => {
    const { steps, rows, values, nextObservations, until } = rollout;
    const bootstrapped: Bootstrapped = extend(rollout, { kind: 'bootstrapped' as const });
    const last = agent.value(nextObservations, values.subarray(steps * rows), until);
    const pending = last instanceof Promise ? [last] : [];
    for (const t of truncatedSteps(rollout)) {
      const { finalObservations, finalValues } = rollout;
      if (!finalObservations || !finalValues) break;
      const width = nextObservations.length;
      const valued = agent.value(
        finalObservations.subarray(t * width, (t + 1) * width),
        finalValues.subarray(t * rows, (t + 1) * rows),
        rollout.t + t + 1,
      );
      if (valued instanceof Promise) pending.push(valued);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => bootstrapped) : bootstrapped;
  });
}

function* truncatedSteps({ steps, rows, truncations, finalObservations }: Rollout): Generator<number> {
  if (!finalObservations) return;
  for (let t = 0; t < steps; t++) {
    if (truncations.subarray(t * rows, (t + 1) * rows).includes(1)) yield t;
  }
}
