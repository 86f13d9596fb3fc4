import assert from 'node:assert/strict';
import { from, map, pairwise } from 'rxjs';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { extend } from '../../lib/records.ts';
import { RolloutRing } from '../../lib/rolloutRing.ts';
import { snapshot } from '../../operators/snapshot.ts';
import { transition } from './records.ts';

describe('snapshot', () => {
  it('keeps what pairwise would otherwise see overwritten', () => {
    const reused = transition(0);
    const pairs: number[][] = [];
    from([1, 2, 3])
      .pipe(
        map((t) => {
          reused.rewards.fill(t);
          return reused;
        }),
        snapshot(),
        pairwise(),
      )
      .subscribe(([a, b]) => pairs.push([a.rewards[0], b.rewards[0]]));
    assert.deepEqual(pairs, [
      [1, 2],
      [2, 3],
    ]);
  });

  it('copies fields that a record inherits from the one it extends, and outlives its release', () => {
    const options = { numSteps: 1, rows: 2, observationSize: 1, development: true };
    const ring = new RolloutRing(options, new Arena(bytesOf(RolloutRing.columns(options))));
    const segment = ring.begin();
    segment.add(transition(3));
    const rollout = extend(
      segment.finish(() => {}),
      { kind: 'estimate' as const },
    );
    from([rollout])
      .pipe(snapshot())
      .subscribe((copy) => {
        copy.release();
        assert.throws(() => ring.begin(), /in use/, 'releasing the copy must not release the original');
        rollout.release();
        assert.deepEqual(Array.from(copy.rewards), [30, 31]);
        assert.deepEqual([copy.kind, copy.t, copy.steps], ['estimate', 3, 1]);
        assert.throws(() => rollout.rewards, /read after release/);
      });
  });
});
