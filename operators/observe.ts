import { Observable } from 'rxjs';
import type { Envs } from '../lib/nouns.ts';
import type { Batch, Observation } from '../lib/records.ts';

/**
 * The source of every graph. Emits the envs' waiting observation whenever it is on offer, that is once the one before
 * has been acted on by `stepEnv`; so nothing is emitted twice, and nothing is emitted ahead of an answer that is
 * still on its way. Never completes.
 *
 * @throws Error if a running graph observes these envs already
 */
export function observe<O extends Batch<Observation>>(
  envs: Pick<Envs, 'turn'> & { observe(): O },
): Observable<O> {
  return new Observable((subscriber) => {
    const { turn } = envs;
    let draining = false;
    const drain = () => {
      // stepEnv opens the turn from inside `next`: the loop below takes it from there, on a flat stack.
      if (draining) return;
      draining = true;
      try {
        while (turn.isOpen && !subscriber.closed) {
          turn.take();
          subscriber.next(envs.observe());
        }
      } catch (error) {
        subscriber.error(error);
      } finally {
        draining = false;
      }
    };
    turn.attach(drain);
    subscriber.add(() => turn.detach());
    drain();
  });
}
