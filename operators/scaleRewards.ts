import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Transition } from '../lib/records.ts';

/** Multiplies every reward by `factor`. @throws RangeError unless factor is finite */
export function scaleRewards(factor: number): MonoTypeOperatorFunction<Transition> {
  if (!Number.isFinite(factor)) throw new RangeError(`scaleRewards: factor must be finite, got ${factor}`);
  return tap(({ rewards }) => {
    for (let i = 0; i < rewards.length; i++) rewards[i] *= factor;
  });
}
