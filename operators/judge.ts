import { Arena } from '../lib/arena.ts';
import type { Learner, Maybe } from '../lib/nouns.ts';
import type { Bootstrapped } from '../lib/records.ts';
import { after } from '../lib/workers/crew.ts';
import { answer } from './answer.ts';
import { arrange } from './segments.ts';

/**
 * Fills a rollout's `ratios` and `values` by the learner's present weights, where those that acted are older: what V-trace
 * corrects for. V[T] stays that of the agent that was asked for it.
 *
 * @throws TypeError unless the learner can judge
 */
export function judge(learner: Pick<Learner<never>, 'judge'>) {
  if (!learner.judge) throw new TypeError('judge: expected a learner that can judge, got one that cannot');
  return answer((rollout: Bootstrapped): Maybe<Bootstrapped> => {
    const { order, steps, rows } = rollout;
    arrange(
      order,
      Uint32Array.from({ length: rows }, (_, row) => row),
      rollout,
      Arena.of(order).kernels.block(),
    );
    const indices = order.subarray(0, steps * rows);
    return after(learner.judge?.({ kind: 'minibatch', columns: rollout, indices, steps }), () => rollout);
  });
}
