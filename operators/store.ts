import { defer, filter, map, type OperatorFunction, take } from 'rxjs';
import { platform } from '../lib/platform.ts';
import type { Transition } from '../lib/records.ts';
import type { Lesson } from './update.ts';

/** Says that a replay has grown. */
export interface Stored extends Lesson {
  readonly kind: 'stored';
}

/**
 * Stores transitions in a replay; after every so many vector steps says so, once, and completes.
 *
 * @param trainFrequency vector steps between updates
 * @throws RangeError unless trainFrequency is a positive integer
 */
export function store(
  replay: { store(transition: Transition): void },
  trainFrequency = 1,
): OperatorFunction<Transition, Stored> {
  if (!(Number.isInteger(trainFrequency) && trainFrequency > 0))
    throw new RangeError(`store: trainFrequency must be a positive integer, got ${trainFrequency}`);
  return (transitions) =>
    defer(() => {
      const began = platform.now();
      let count = 0;
      return transitions.pipe(
        filter((transition) => {
          replay.store(transition);
          return ++count === trainFrequency;
        }),
        take(1),
        map(({ t }): Stored => {
          return { kind: 'stored', until: t + 1, began, ended: platform.now(), release() {} };
        }),
      );
    });
}
