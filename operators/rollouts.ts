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
    let begun = false;
    const emit = (collected: R) => {
      // At once, if nobody listens any more: who waits for the turn needs the room.
      subscriber.add(() => release(collected));
      turn.open();
      subscriber.next(collected);
    };
    const fail = (error: unknown) => {
      turn.open();
      subscriber.error(error);
    };
    const begin = () => {
      if (begun) return;
      begun = true;
      turn.stepping();
      try {
        const collected = from.collect((error) => (error ? subscriber.error(error) : subscriber.complete()));
        if (collected instanceof Promise) collected.then(emit, fail);
        else emit(collected);
      } catch (error) {
        fail(error);
      }
    };
    turn.attach(begin);
    subscriber.add(() => turn.detach());
    // Else a rollout is still being collected for a subscriber that has gone.
    if (turn.isOpen) begin();
  });
}

function release(collected: Batch<Rollout>): void {
  const all = isGrouped(collected) ? Object.values(collected.groups) : [collected];
  for (const rollout of all) rollout.release();
}
