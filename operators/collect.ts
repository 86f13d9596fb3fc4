import { defer, filter, finalize, map, type OperatorFunction, take } from 'rxjs';
import type { Ring } from '../lib/nouns.ts';
import type { Rollout, Transition } from '../lib/records.ts';

/** Copies transitions into a segment of the ring until it is full, emits it as one rollout and completes. */
export function collect(ring: Ring): OperatorFunction<Transition, Rollout> {
  return (transitions) =>
    defer(() => {
      const segment = ring.begin();
      return transitions.pipe(
        filter((transition) => segment.add(transition)),
        take(1),
        map(() => segment.finish()),
        finalize(() => segment.abandon()),
      );
    });
}
