import { concatMap, Observable, type OperatorFunction } from 'rxjs';
import type { Envs } from '../lib/nouns.ts';
import type { Decision, Transition } from '../lib/records.ts';

/**
 * Acts on the envs and emits what came of it; then the envs' next observation is on offer.
 *
 * @throws StaleActionError (on the error channel) if the actions are not for the step the envs are at
 */
export function stepEnv(envs: Envs): OperatorFunction<Decision, Transition> {
  return concatMap(
    (decision) =>
      new Observable<Transition>((subscriber) => {
        const { turn } = envs;
        const deliver = (transition: Transition) => {
          subscriber.next(transition);
          subscriber.complete();
          // Only now: what `next` borrowed is overwritten by the step after.
          turn.open();
        };
        const fail = (error: unknown) => {
          subscriber.error(error);
          turn.open();
        };
        turn.stepping();
        try {
          const outcome = envs.step(decision);
          if (outcome instanceof Promise) outcome.then(deliver, fail);
          else deliver(outcome);
        } catch (error) {
          fail(error);
        }
      }),
  );
}
