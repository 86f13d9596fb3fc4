import type { OperatorFunction } from 'rxjs';
import type { Learner } from '../lib/nouns.ts';
import type { Losses, Minibatch } from '../lib/records.ts';
import { answer } from './answer.ts';

/** Lets the learner take one optimizer step on every minibatch; emits its losses. */
export function optimize<Columns>(learner: Learner<Columns>): OperatorFunction<Minibatch<Columns>, Losses> {
  return answer((minibatch) => learner.update(minibatch));
}
