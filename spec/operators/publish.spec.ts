import assert from 'node:assert/strict';
import { identity, map, of, tap } from 'rxjs';
import type { Losses } from '../../lib/records.ts';
import { publish } from '../../operators/publish.ts';
import { type Lesson, update } from '../../operators/update.ts';

describe('publish', () => {
  it('is nothing where the learner has no weights of its own', () => {
    assert.equal(publish({}), identity);
  });

  for (const [when, answered] of [
    ['at once', (losses: Losses) => losses],
    ['later', (losses: Losses) => Promise.resolve(losses)],
  ] as const) {
    it(`publishes once, after the last minibatch and before the release, and tells what was kept there: ${when}`, async () => {
      const log: string[] = [];
      const learner = {
        publish() {
          log.push('publish');
          return answered({ loss: 5 });
        },
      };
      const lesson: Lesson = { until: 7, began: 0, ended: 0, release: () => log.push('release') };
      await new Promise<void>((resolve, reject) =>
        of(lesson)
          .pipe(
            update(
              function* () {
                yield 1;
                yield 2;
              },
              map((i: number): Losses => {
                log.push(`learn ${i}`);
                return { step: i };
              }),
              publish(learner),
            ),
            tap(({ losses }) => assert.deepEqual(losses, { step: 1.5, loss: 5 })),
          )
          .subscribe({ complete: resolve, error: reject }),
      );
      await Promise.resolve();
      assert.deepEqual(log, ['learn 1', 'learn 2', 'publish', 'release']);
    });
  }
});
