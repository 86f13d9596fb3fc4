import assert from 'node:assert/strict';
import { of, toArray } from 'rxjs';
import type { Learner } from '../../lib/nouns.ts';
import type { Losses, Minibatch } from '../../lib/records.ts';
import { optimize } from '../../operators/optimize.ts';

describe('optimize', () => {
  it('takes one optimizer step on each minibatch and emits its losses', () => {
    const learner: Learner<string> = { update: ({ indices }) => ({ loss: indices.length }) };
    const minibatch = (length: number): Minibatch<string> => ({
      kind: 'minibatch',
      columns: '',
      indices: new Uint32Array(length),
    });
    let seen: Losses[] = [];
    of(minibatch(3), minibatch(5))
      .pipe(optimize(learner), toArray())
      .subscribe((losses) => {
        seen = losses;
      });
    assert.deepEqual(seen, [{ loss: 3 }, { loss: 5 }]);
  });
});
