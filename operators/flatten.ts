import { type MonoTypeOperatorFunction, map } from 'rxjs';
import { extend, type Observation, type Transition } from '../lib/records.ts';
import type { FlatRows } from '../lib/space/flatRows.ts';

/**
 * Makes flat rows of packed observations: numbers as float32, choices one-hot, in Gymnasium's order. Each record is
 * written over the one before. Networks widen packed rows as they gather them; this is for whoever wants floats.
 *
 * It stands before `infer`, and where rollouts are collected once more after `stepEnv`: a transition has the
 * observation that was acted on, flat already, and what is seen next and last, which the envs show packed.
 *
 * @throws RangeError, by way of the stream, if there are other rows than `flatRows` was made for
 */
export function flatten<R extends Observation | Transition>(flatRows: FlatRows): MonoTypeOperatorFunction<R> {
  return map((record) => {
    if (record.kind === 'observation')
      return extend(record, { observations: flatRows.flatten(record.observations) }) as R;
    const { nextObservations, finalObservations } = record;
    return extend(record, {
      nextObservations: flatRows.flatten(nextObservations, flatRows.next),
      finalObservations: finalObservations && flatRows.flatten(finalObservations, flatRows.final),
    }) as R;
  });
}
