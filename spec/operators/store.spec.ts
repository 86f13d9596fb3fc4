import assert from 'node:assert/strict';
import {
  concatMap,
  delay,
  from,
  identity,
  lastValueFrom,
  type MonoTypeOperatorFunction,
  of,
  pipe,
} from 'rxjs';
import type { Losses, Transition } from '../../lib/records.ts';
import { answer } from '../../operators/answer.ts';
import { sample } from '../../operators/sample.ts';
import { type Stored, store } from '../../operators/store.ts';
import { update } from '../../operators/update.ts';
import { marble } from './marbles.ts';
import { transition } from './records.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, t) => transition(t));

function fake() {
  const seen: number[] = [];
  return { seen, store: ({ t }: Transition) => void seen.push(t) };
}

describe('store', () => {
  it(
    'stores each transition as it comes, says so after as many as are asked for, and completes',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const [a, b, c, d] = upTo(4);
      const transitions = cold('-a-b-c-d-', { a, b, c, d });
      const marks = transitions.pipe(store(fake(), 3), (source) =>
        from(source).pipe(answer(({ until }: Stored) => until)),
      );
      expectObservable(marks).toBe('-----(u|)', { u: 3 });
      expectSubscriptions(transitions.subscriptions).toBe('^----!');
    }),
  );

  it('counts anew at each subscription', () => {
    const replay = fake();
    const twice = from(upTo(5)).pipe(store(replay, 2));
    twice.subscribe();
    twice.subscribe();
    assert.deepEqual(replay.seen, [0, 1, 0, 1]);
  });

  it('refuses what is no count, and passes errors of the replay on', () => {
    assert.throws(() => store(fake(), 0), RangeError);
    let failed: unknown;
    const broken = {
      store() {
        throw new RangeError('full');
      },
    };
    from(upTo(1))
      .pipe(store(broken))
      .subscribe({
        error(error) {
          failed = error;
        },
      });
    assert.match(String(failed), /full/);
  });
});

describe('sample', () => {
  /** A replay that counts, with so many transitions in it. */
  function open(stored: number) {
    const log: string[] = [];
    let drawn = 0;
    const replay = {
      stored,
      draw: () => {
        log.push(`draw ${drawn}`);
        return drawn++;
      },
      learned: (minibatch: number) => void log.push(`learned ${minibatch}`),
    };
    const mark: Stored = { kind: 'stored', until: 7, began: 1, ended: 3, release: () => log.push('release') };
    const learn = (
      gradientSteps: number,
      learningStarts: number,
      later: MonoTypeOperatorFunction<Losses> = identity,
    ) =>
      of(mark).pipe(
        update(
          sample(replay, { gradientSteps, learningStarts }),
          pipe(
            answer((minibatch: number): Losses => {
              log.push(`update ${minibatch}`);
              return { loss: minibatch };
            }),
            later,
          ),
        ),
      );
    const run = (gradientSteps: number, learningStarts: number) =>
      lastValueFrom(learn(gradientSteps, learningStarts));
    return { log, learn, run };
  }

  it('draws one minibatch after the other, each when the one before has been learned from', async () => {
    const { log, run } = open(10);
    const { losses, t } = await run(2, 10);
    assert.deepEqual(losses, { loss: 0.5 });
    assert.equal(t, 7);
    const each = [0, 1].flatMap((k) => [`draw ${k}`, `update ${k}`, `learned ${k}`]);
    assert.deepEqual(log, [...each, 'release']);
  });

  it(
    'draws when the minibatch before has been learned from, and no more once it is unsubscribed',
    marble(({ cold, expectObservable, flush }) => {
      const { log, learn } = open(10);
      const learned = cold('-a|', { a: 0 }).pipe(concatMap(() => learn(3, 10, delay(2))));
      expectObservable(learned, '^----!').toBe('-----');
      flush();
      const each = ['draw 0', 'update 0', 'learned 0', 'draw 1', 'update 1'];
      assert.deepEqual(log, [...each, 'release']);
    }),
  );

  it('draws nothing before learning starts, nor of an empty replay', async () => {
    for (const [stored, learningStarts] of [
      [9, 10],
      [0, 0],
    ]) {
      const { log, run } = open(stored);
      assert.deepEqual((await run(2, learningStarts)).losses, {});
      assert.deepEqual(log, ['release']);
    }
  });
});
