import type { Maybe } from '../nouns.ts';
import type { Decision, Transition } from '../records.ts';
import { ColumnarEnvs } from './columnarEnvs.ts';

/** Worlds of a columnar env, stepped by a crew of threads with a barrier after each step. */
export class ParallelEnvs extends ColumnarEnvs {
  override step(decision: Decision): Maybe<Transition> {
    return this.act(decision);
  }

  override advance(): Maybe<void> {
    return this.move();
  }
}
