import { map, type OperatorFunction } from 'rxjs';
import { extend, type Observation } from '../lib/records.ts';
import type { FlatRows } from '../lib/space/flatRows.ts';

/**
 * Makes flat rows of packed observations: numbers as float32, choices one-hot, in Gymnasium's order. Each observation is
 * written over the one before. Networks widen packed rows as they gather them; this is for whoever wants floats.
 *
 * @throws RangeError, by way of the stream, if there are other rows than `flatRows` was made for
 */
export function flatten(flatRows: FlatRows): OperatorFunction<Observation, Observation> {
  return map((observation) =>
    extend(observation, { observations: flatRows.flatten(observation.observations) }),
  );
}
