import { Observable } from 'rxjs';
import type { Maybe } from '../lib/nouns.ts';
import { type Batch, isGrouped, type Rollout } from '../lib/records.ts';
import type { Turn } from '../lib/turn.ts';

/**
 * The source of a graph that learns from whole rollouts: `observe → infer → stepEnv → collect` in one, without a barrier
 * between the steps of different workers. Collects one rollout and emits it; completes once it has been released; an
 * error or unsubscription downstream releases it too.
 *
 * @throws Error (on the error channel) if a running graph observes these envs already
 */
export function rollouts<R extends Batch<Rollout>>(from: {
  readonly turn: Turn;
  collect(released: (error?: unknown) => void): Maybe<R>;
}): Observable<R> {
  return new Observable((subscriber) => {
    const { turn } = from;
    turn.attach(() => {});
    subscriber.add(() => turn.detach());
    const emit = (collected: R) => {
      turn.open();
      subscriber.add(() => release(collected));
      // Also when nobody listens any more: it was released as it was added.
      subscriber.next(collected);
    };
    const fail = (error: unknown) => {
      turn.open();
      subscriber.error(error);
    };
    turn.stepping();
    try {
      const collected = from.collect((error) => (error ? subscriber.error(error) : subscriber.complete()));
      if (collected instanceof Promise) collected.then(emit, fail);
      else emit(collected);
    } catch (error) {
      fail(error);
    }
  });
}

function release(collected: Batch<Rollout>): void {
  const all = isGrouped(collected) ? Object.values(collected.groups) : [collected];
  for (const rollout of all) rollout.release();
}
