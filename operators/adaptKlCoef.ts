import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Learner } from '../lib/nouns.ts';
import type { Updated } from '../lib/records.ts';

/** From outside these no number of steps would lead back. */
const LEAST = 1e-6;
const MOST = 1e6;

/**
 * Adapts the KL penalty after each update, so that policies move by about `target`: where the mean approximate KL of the
 * update's minibatches is below target / 1.5, the coefficient is halved; above 1.5 · target, it is doubled. It stays within
 * [10⁻⁶, 10⁶].
 *
 * @param target in nats
 * @throws RangeError unless target is positive; TypeError unless the learner has such a penalty
 * @see arXiv:1707.06347, section 4
 */
export function adaptKlCoef(
  learner: Pick<Learner<never>, 'klCoef'>,
  target: number,
): MonoTypeOperatorFunction<Updated> {
  if (!(target > 0)) throw new RangeError(`adaptKlCoef: target must be positive, got ${target}`);
  if (learner.klCoef === undefined)
    throw new TypeError('adaptKlCoef: expected a learner with a klCoef, got one without');
  return tap(({ losses: { approxKl } }) => {
    const { klCoef = 0 } = learner;
    if (approxKl < target / 1.5) learner.klCoef = Math.max(LEAST, klCoef / 2);
    else if (approxKl > 1.5 * target) learner.klCoef = Math.min(MOST, klCoef * 2);
  });
}
