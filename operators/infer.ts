import type { OperatorFunction } from 'rxjs';
import type { Maybe } from '../lib/nouns.ts';
import type { Reply } from '../lib/poolRecords.ts';
import type { Decision } from '../lib/records.ts';
import { answer } from './answer.ts';

/**
 * Asks the agent for the actions, log-probabilities and values of every observation: an `Agent` for those of a vector, a
 * `PoolAgent` for those of a pool.
 */
export function infer<O, D extends Decision | Reply>(agent: {
  infer(observation: O): Maybe<D>;
}): OperatorFunction<O, D> {
  return answer((observation) => agent.infer(observation));
}
