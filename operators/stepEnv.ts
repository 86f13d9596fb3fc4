import type { OperatorFunction } from 'rxjs';
import type { Envs, Maybe } from '../lib/nouns.ts';
import type { Batch, Decision, Transition } from '../lib/records.ts';
import { answer } from './answer.ts';

/**
 * Acts on the envs and emits what came of it; then the envs' next observation is on offer: only then, since what
 * `next` borrowed is overwritten by the step after.
 *
 * @throws StaleActionError (on the error channel) if the actions are not for the step the envs are at
 */
export function stepEnv<D extends Batch<Decision>, T extends Batch<Transition>>(
  envs: Pick<Envs, 'turn'> & { step(decision: D): Maybe<T> },
): OperatorFunction<D, T> {
  const { turn } = envs;
  return answer(
    (decision) => {
      turn.stepping();
      return envs.step(decision);
    },
    () => turn.open(),
  );
}
