import { concatMap, defer, filter, finalize, Observable, type OperatorFunction, take } from 'rxjs';
import type { Ring } from '../lib/nouns.ts';
import type { Rollout, Transition } from '../lib/records.ts';

/**
 * Copies transitions into a segment of the ring until it is full and emits it as one rollout. Completes once the
 * rollout has been released (`update` does that); an error or unsubscription downstream releases it too.
 */
export function collect(ring: Ring): OperatorFunction<Transition, Rollout> {
  return (transitions) =>
    defer(() => {
      const segment = ring.begin();
      return transitions.pipe(
        filter((transition) => segment.add(transition)),
        take(1),
        concatMap(
          () =>
            new Observable<Rollout>((subscriber) => {
              const rollout = segment.finish(() => subscriber.complete());
              subscriber.add(() => rollout.release());
              subscriber.next(rollout);
            }),
        ),
        finalize(() => segment.abandon()),
      );
    });
}
