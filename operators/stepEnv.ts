import type { OperatorFunction } from 'rxjs';
import type { Envs, Form, Formed } from '../lib/nouns.ts';
import type { Decision, Transition } from '../lib/records.ts';
import { answer } from './answer.ts';

/**
 * Acts on the envs and emits what came of it; then the envs' next observation is on offer: only then, since what
 * `next` borrowed is overwritten by the step after.
 *
 * @throws StaleActionError (on the error channel) if the actions are not for the step the envs are at
 */
export function stepEnv<F extends Form>(
  envs: Envs<F>,
): OperatorFunction<Formed<F, Decision>, Formed<F, Transition>> {
  const { turn } = envs;
  return answer(
    (decision) => {
      turn.stepping();
      return envs.step(decision);
    },
    () => turn.open(),
  );
}
