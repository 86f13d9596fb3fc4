import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, throwError, toArray } from 'rxjs';
import { Summary, summaries } from '../../cli/summaries.ts';
import type { Losses } from '../../lib/records.ts';
import type { RunMetrics } from '../../pipelines/openRun.ts';

function iteration(steps: number, losses: Losses = {}): RunMetrics {
  const times = { rolloutTime: 1, updateTime: 2, seconds: steps / 10, sps: 10 };
  const episodes = { episodes: 0, episodeReturn: Number.NaN, episodeLength: Number.NaN, episodeScores: {} };
  return { kind: 'metrics', steps, losses, ...episodes, ...times, iteration: steps, solvedAtSteps: null };
}

const read = (sizes: readonly number[], every: number, before = 0) => {
  let steps = before;
  const iterations = sizes.map((size) => {
    steps += size;
    return iteration(steps);
  });
  return { iterations, emitted: lastValueFrom(from(iterations).pipe(summaries(every, before), toArray())) };
};

describe('summaries', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

  it('emits where another multiple is reached and at the end, and loses no time', () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 50 }), fc.nat(200), async (list, every, before) => {
        const { iterations, emitted } = read(list, every, before);
        const lines = await emitted;
        let multiple = Math.floor(before / every);
        const due = iterations.filter(({ steps }, k) => {
          const reached = Math.floor(steps / every);
          const isDue = reached > multiple || k === iterations.length - 1;
          multiple = reached;
          return isDue;
        });
        assert.deepEqual(
          lines.map(({ steps }) => steps),
          due.map(({ steps }) => steps),
        );
        const sum = (times: readonly number[]) => times.reduce((a, b) => a + b, 0);
        assert.equal(sum(lines.map(({ rolloutTime }) => rolloutTime)), iterations.length);
        assert.equal(sum(lines.map(({ updateTime }) => updateTime)), 2 * iterations.length);
      }),
    ));

  it('emits iterations of as many steps as they are', async () => {
    const { iterations, emitted } = read([128, 100, 500], 100);
    assert.deepEqual(await emitted, iterations);
  });

  it('takes the mean of each loss over the iterations that have it', () => {
    const summary = new Summary();
    assert.equal(summary.take(), undefined);
    const all: Losses[] = [{}, { a: 1 }, { a: 3, b: 5 }];
    for (const losses of all) summary.add(iteration(1, losses));
    assert.deepEqual(summary.take()?.losses, { a: 2, b: 5 });
    assert.equal(summary.take(), undefined);
  });

  it('passes an error on', async () => {
    const failing = throwError(() => new Error('lost')).pipe(summaries(10));
    await assert.rejects(lastValueFrom(failing), /lost/);
  });
});
