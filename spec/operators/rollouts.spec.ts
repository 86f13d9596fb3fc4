import assert from 'node:assert/strict';
import { setImmediate as turnOver } from 'node:timers/promises';
import type { Maybe } from '../../lib/nouns.ts';
import type { Rollout } from '../../lib/records.ts';
import { Turn } from '../../lib/turn.ts';
import { rollouts } from '../../operators/rollouts.ts';

/** One slot: a rollout that is not released leaves no room for the next. */
class OneRollout {
  readonly turn = new Turn();
  readonly began: number[] = [];
  #inUse = false;
  readonly #wait: Promise<void> | undefined;

  constructor(wait?: Promise<void>) {
    this.#wait = wait;
  }

  collect(released: () => void): Maybe<Rollout> {
    if (this.#inUse) throw new Error('all rollouts are in use');
    this.#inUse = true;
    this.began.push(this.began.length);
    const rollout = {
      kind: 'rollout',
      t: this.began.length - 1,
      release: () => {
        if (!this.#inUse) return;
        this.#inUse = false;
        released();
      },
    } as Rollout;
    return this.#wait ? this.#wait.then(() => rollout) : rollout;
  }
}

describe('rollouts', () => {
  it('emits one rollout, and completes once it has been released', () => {
    const from = new OneRollout();
    const seen: string[] = [];
    let held: Rollout | undefined;
    rollouts(from).subscribe({
      next(rollout) {
        held = rollout;
        seen.push('next');
      },
      complete: () => seen.push('complete'),
    });
    assert.deepEqual(seen, ['next']);
    held?.release();
    assert.deepEqual(seen, ['next', 'complete']);
    assert.ok(from.turn.isOpen);
  });

  it('releases what nobody wants any more', () => {
    const from = new OneRollout();
    rollouts(from).subscribe().unsubscribe();
    rollouts(from).subscribe().unsubscribe();
    assert.equal(from.began.length, 2);
  });

  it('begins when a rollout that is under way for one who has gone is there', async () => {
    let settle = () => {};
    const from = new OneRollout(new Promise((resolve) => (settle = resolve)));
    rollouts(from)
      .subscribe(() => assert.fail('has gone'))
      .unsubscribe();
    const seen: number[] = [];
    rollouts(from).subscribe(({ t }) => seen.push(t));
    await turnOver();
    assert.deepEqual([from.began, seen], [[0], []]);
    settle();
    await turnOver();
    assert.deepEqual([from.began, seen], [[0, 1], [1]]);
  });

  it('tells of errors, and of a graph that has the envs already', () => {
    const from = new OneRollout();
    const errors: string[] = [];
    const listen = () => rollouts(from).subscribe({ error: ({ message }) => errors.push(message) });
    const first = listen();
    listen();
    assert.match(errors[0], /already being observed/);
    first.unsubscribe();
    rollouts({
      turn: from.turn,
      collect: () => {
        throw new Error('no room');
      },
    }).subscribe({ error: ({ message }) => errors.push(message) });
    assert.equal(errors[1], 'no room');
    assert.ok(from.turn.isOpen);
  });
});
