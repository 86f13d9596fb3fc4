import assert from 'node:assert/strict';
import { concatMap, delay, EMPTY, from, map, of, pipe, throwError, toArray } from 'rxjs';
import type { Losses } from '../../lib/records.ts';
import { type Lesson, update } from '../../operators/update.ts';
import { marble } from './marbles.ts';

function lesson(log: string[] = []): Lesson {
  return { until: 7, began: 10, ended: 14, release: () => log.push('release') };
}

describe('update', () => {
  it(
    'runs one inner graph after the other, and emits their mean losses when the last is done',
    marble(({ cold, expectObservable }) => {
      const learned = cold('-a|', { a: lesson() }).pipe(
        update(
          function* (_: Lesson) {
            yield 1;
            yield 3;
          },
          pipe(
            delay(2),
            map((loss): Losses => ({ loss, double: 2 * loss })),
          ),
        ),
        map(({ kind, t, losses, rolloutTime }) => ({ kind, t, losses, rolloutTime })),
      );
      const result = { kind: 'updated', t: 7, losses: { loss: 2, double: 4 }, rolloutTime: 4 };
      expectObservable(learned).toBe('-----(u|)', { u: result });
    }),
  );

  it('draws only after the minibatch before has been learned from, and tells the draw what it lost', () => {
    const log: string[] = [];
    of(lesson(log))
      .pipe(
        update(
          function* () {
            for (let i = 0; i < 3; i++) {
              log.push(`draw ${i}`);
              const losses: Losses = yield i;
              log.push(`lost ${losses.loss}`);
            }
          },
          map((i: number): Losses => {
            log.push(`learn ${i}`);
            return { loss: 10 * i };
          }),
        ),
      )
      .subscribe(() => log.push('updated'));
    const turns = [0, 1, 2].flatMap((i) => [`draw ${i}`, `learn ${i}`, `lost ${10 * i}`]);
    assert.deepEqual(log, [...turns, 'updated', 'release']);
  });

  it('lets the draw end early by what it is told', () => {
    let learned = 0;
    of(lesson())
      .pipe(
        update(
          function* () {
            for (;;) if ((yield 0).loss >= 4) return;
          },
          map((): Losses => ({ loss: ++learned })),
        ),
      )
      .subscribe();
    assert.equal(learned, 4);
  });

  it('releases once after errors in the draw, in the inner graph, and after an unsubscription', () => {
    const failing = [
      update<Lesson, number>(
        function* () {
          yield assert.fail('draw');
        },
        map((): Losses => ({})),
      ),
      update<Lesson, number>(
        function* () {
          yield 1;
        },
        concatMap(() => throwError(() => new Error('inner'))),
      ),
    ];
    const seen = failing.map((operator) => {
      const log: string[] = [];
      of(lesson(log))
        .pipe(operator)
        .subscribe({ error: ({ message }) => log.push(message) });
      return log;
    });
    assert.deepEqual(seen, [
      ['draw', 'release'],
      ['inner', 'release'],
    ]);
    const log: string[] = [];
    const never = update<Lesson, number>(
      function* () {
        yield 1;
      },
      pipe(
        delay(1e6),
        map((): Losses => ({})),
      ),
    );
    of(lesson(log)).pipe(never).subscribe().unsubscribe();
    assert.deepEqual(log, ['release']);
  });

  it('has no losses to report when nothing is drawn', () => {
    from([lesson()])
      .pipe(
        update<Lesson, number>(
          function* () {},
          concatMap(() => EMPTY),
        ),
        toArray(),
      )
      .subscribe(([updated]) => assert.deepEqual(updated.losses, {}));
  });

  it('runs 100,000 synchronous minibatches on a flat stack', () => {
    let count = 0;
    of(lesson())
      .pipe(
        update(
          function* () {
            for (let i = 0; i < 100_000; i++) yield i;
          },
          map((): Losses => ({ loss: ++count })),
        ),
      )
      .subscribe();
    assert.equal(count, 100_000);
  });
});
