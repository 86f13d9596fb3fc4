import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Transition } from '../lib/records.ts';

/** Clips every reward to ±limit. @throws RangeError unless limit > 0 */
export function clipRewards(limit: number): MonoTypeOperatorFunction<Transition> {
  if (!(limit > 0)) throw new RangeError(`clipRewards: limit must be positive, got ${limit}`);
  return tap(({ rewards }) => {
    for (let i = 0; i < rewards.length; i++) rewards[i] = Math.max(-limit, Math.min(limit, rewards[i]));
  });
}
