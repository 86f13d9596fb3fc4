import assert from 'node:assert/strict';
import { concatMap, from, of, tap, throwError } from 'rxjs';
import { Arena, bytesOf } from '../../lib/arena.ts';
import type { Rollout, Transition } from '../../lib/records.ts';
import { RolloutRing } from '../../lib/rolloutRing.ts';
import { collect } from '../../operators/collect.ts';
import { marble } from './marbles.ts';
import { transition } from './records.ts';

function ring(numSteps: number) {
  const options = { numSteps, rows: 2, observationSize: 1 };
  return new RolloutRing(options, new Arena(bytesOf(RolloutRing.columns(options))));
}

const upTo = (count: number) => Array.from({ length: count }, (_, t) => transition(t));

describe('collect', () => {
  it(
    'emits one rollout after T transitions and completes when it is released',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const transitions = cold('-a-b-c-d-', {
        a: transition(0),
        b: transition(1),
        c: transition(2),
        d: transition(3),
      });
      const released = transitions.pipe(
        collect(ring(3)),
        concatMap((rollout) => of(rollout.steps).pipe(tap({ complete: () => rollout.release() }))),
      );
      expectObservable(released).toBe('-----(s|)', { s: 3 });
      expectSubscriptions(transitions.subscriptions).toBe('^----!');
    }),
  );

  it('aligns the columns [T, N], and takes the observation after the last step', () => {
    let seen: Rollout | undefined;
    from(upTo(5))
      .pipe(collect(ring(3)))
      .subscribe((rollout) => {
        seen = rollout;
      });
    assert.ok(seen);
    assert.deepEqual(Array.from(seen.observations), [0, 1, 100, 101, 200, 201]);
    assert.deepEqual(Array.from(seen.actions), [0, 1, 1, 2, 2, 3]);
    assert.deepEqual(Array.from(seen.rewards), [0, 1, 10, 11, 20, 21]);
    assert.deepEqual(Array.from(seen.nextObservations), [300, 301]);
    assert.deepEqual([seen.t, seen.until, seen.steps, seen.rows], [0, 3, 3, 2]);
  });

  it('copies: what the envs overwrite afterwards does not show', () => {
    const reused = transition(0);
    const stream = from([0, 1]).pipe(
      tap((t) => reused.rewards.fill(t + 5)),
      concatMap((t) => of({ ...reused, t } as Transition)),
    );
    let rewards: number[] = [];
    stream.pipe(collect(ring(2))).subscribe((rollout) => {
      rewards = Array.from(rollout.rewards);
    });
    assert.deepEqual(rewards, [5, 5, 6, 6]);
  });

  it('gives its slot back on an error before and after the rollout, and when the source ends early', () => {
    const slots = ring(2);
    const failures: unknown[] = [];
    const observer = { error: (error: unknown) => failures.push(error) };
    throwError(() => 'early')
      .pipe(collect(slots))
      .subscribe(observer);
    from(upTo(1)).pipe(collect(slots)).subscribe(observer);
    from(upTo(2))
      .pipe(
        collect(slots),
        concatMap(() => throwError(() => 'late')),
      )
      .subscribe(observer);
    from(upTo(2)).pipe(collect(slots)).subscribe(observer).unsubscribe();
    assert.deepEqual(failures, ['early', 'late']);
    slots.begin().abandon();
  });

  it('says so when all rollouts are in use', () => {
    const slots = ring(1);
    slots.begin();
    const failures: Error[] = [];
    from(upTo(1))
      .pipe(collect(slots))
      .subscribe({ error: (error) => failures.push(error) });
    assert.match(failures[0].message, /all 1 rollouts are in use/);
  });
});
