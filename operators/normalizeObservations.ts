import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { ObservationNormalizer } from '../lib/observationNormalizer.ts';
import type { Rollout } from '../lib/records.ts';

/**
 * Lets a rollout pass and tells the normaliser what was seen in it, reset rows (mask 0) left out. It counts once the
 * iteration is over and the rollout has been released: until then the agent is asked and taught with the statistics that
 * it acted with. The rollout keeps its observations as they are; networks normalise them as they gather them.
 */
export function normalizeObservations(normalizer: ObservationNormalizer): MonoTypeOperatorFunction<Rollout> {
  return tap({
    // Of an iteration that was left as soon as it had told its metrics.
    subscribe: () => normalizer.settle(),
    next({ observations, masks, order }) {
      let count = 0;
      for (let row = 0; row < masks.length; row++) {
        order[count] = row;
        count += masks[row];
      }
      normalizer.add(observations, order.subarray(0, count));
    },
    complete: () => normalizer.settle(),
    // What an iteration saw that failed does not count.
    error: () => normalizer.discard(),
  });
}
