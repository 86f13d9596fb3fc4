import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, of } from 'rxjs';
import type { Bootstrapped, Minibatch } from '../../lib/records.ts';
import { judge } from '../../operators/judge.ts';
import { times } from '../kernels/random.ts';
import { marble } from './marbles.ts';
import { inArena, rollouts } from './records.ts';

/** A learner that counts how often it is asked for each transition. */
function counting(size: number, late = false) {
  const asked = new Uint32Array(size);
  const steps: (number | undefined)[] = [];
  let judged = 0;
  return {
    asked,
    steps,
    get judged() {
      return judged;
    },
    judge(minibatch: Minibatch<Bootstrapped>) {
      steps.push(minibatch.steps);
      const write = () => {
        for (const index of minibatch.indices) asked[index]++;
        judged++;
      };
      return late ? Promise.resolve().then(write) : write();
    },
  };
}

describe('judge', () => {
  it('asks once for each transition, as whole segments, and passes the rollout on when it is judged', () =>
    fc.assert(
      fc.asyncProperty(rollouts(), fc.boolean(), async (data, late) => {
        const rollout = inArena(data);
        const learner = counting(data.steps * data.rows, late);
        const passed = await lastValueFrom(of(rollout).pipe(judge(learner)));
        assert.equal(passed, rollout);
        assert.equal(learner.judged, 1);
        assert.deepEqual(learner.steps, [data.steps]);
        assert.deepEqual(
          Array.from(rollout.order),
          times(data.steps * data.rows, (i) => i),
        );
        assert.ok(learner.asked.every((count) => count === 1));
      }),
    ));

  it(
    'keeps time and passes errors of the source and of the learner on',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const [data] = fc.sample(rollouts(), { numRuns: 1, seed: 1 });
      const rollout = inArena(data);
      const learner = counting(data.steps * data.rows);
      const source = cold('-a-a-|', { a: rollout });
      expectObservable(source.pipe(judge(learner))).toBe('-a-a-|', { a: rollout });
      expectObservable(cold<Bootstrapped>('-#').pipe(judge(learner))).toBe('-#');
      const broken = {
        judge() {
          throw 'too hard';
        },
      };
      const failing = cold('-a-a-|', { a: rollout });
      expectObservable(failing.pipe(judge(broken))).toBe('-#', {}, 'too hard');
      expectSubscriptions(failing.subscriptions).toBe('^!');
    }),
  );

  it('refuses a learner that cannot', () => {
    assert.throws(() => judge({}), { name: 'TypeError', message: /expected a learner that can judge/ });
  });
});
