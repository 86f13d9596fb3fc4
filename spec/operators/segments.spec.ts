import assert from 'node:assert/strict';
import fc from 'fast-check';
import { delay, map, pipe } from 'rxjs';
import { Arena } from '../../lib/arena.ts';
import type { Estimate, Losses } from '../../lib/records.ts';
import { type SegmentsConfig, segments } from '../../operators/segments.ts';
import { update } from '../../operators/update.ts';
import { times } from '../kernels/random.ts';
import { marble } from './marbles.ts';
import { inArena, type RolloutData, rollouts } from './records.ts';

const parts = fc.integer({ min: 1, max: 5 });

function estimate(data: RolloutData, advantages: readonly number[] = [], t = 0): Estimate {
  const record = inArena({ ...data, weights: data.masks.map(() => Number.NaN) });
  record.advantages.set(advantages);
  return { ...record, kind: 'estimate', t };
}

/** The indices of each minibatch, and the weights that they have then. */
function drawAll(record: Estimate, config: Partial<SegmentsConfig> = {}) {
  const drawn: { indices: number[]; weights: number[]; steps: number | undefined }[] = [];
  const draws = segments({ numMinibatches: 1, updateEpochs: 1, seed: 1, ...config })(record);
  for (let draw = draws.next({}); !draw.done; draw = draws.next({})) {
    const { indices, steps } = draw.value;
    const weights = Array.from(indices, (index) => (record.weights as Float32Array)[index]);
    drawn.push({ indices: Array.from(indices), weights, steps });
  }
  return drawn;
}

/** The rows of a minibatch, in order. */
const rowsOf = (indices: number[], { steps, rows }: RolloutData, block: number) => {
  const found: number[] = [];
  for (let from = 0; from < indices.length; ) {
    const count = Math.min(block, (indices.length - from) / steps);
    const block0 = indices.slice(from, from + count);
    const expected = times(steps, (t) => block0.map((row) => t * rows + row)).flat();
    assert.deepEqual(indices.slice(from, from + count * steps), expected);
    found.push(...block0);
    from += count * steps;
  }
  return found;
};

const plain = (steps: number, rows: number): RolloutData => {
  const column = (value: number, size = steps * rows) => times(size, () => value);
  return {
    ...{ steps, rows, rewards: column(0), values: column(0, (steps + 1) * rows), masks: column(1) },
    ...{ terminations: column(0), truncations: column(0) },
  };
};

describe('segments', () => {
  it('draws every row that has a real transition once an epoch, a block of rows after the other, step by step', () => {
    fc.assert(
      fc.property(rollouts(), parts, parts, (data, numMinibatches, updateEpochs) => {
        const record = estimate(data);
        const block = Arena.of(record.order).kernels.block();
        const drawn = drawAll(record, { numMinibatches, updateEpochs });
        const isReal = (row: number) => data.masks.some((mask, i) => mask && i % data.rows === row);
        const real = times(data.rows, (row) => row).filter(isReal);
        const drawsEach = Math.min(numMinibatches, real.length);
        assert.equal(drawn.length, drawsEach * updateEpochs);
        for (let epoch = 0; epoch < updateEpochs && drawsEach > 0; epoch++) {
          const one = drawn.slice(epoch * drawsEach, (epoch + 1) * drawsEach);
          const rows = one.map(({ indices }) => rowsOf(indices, data, block));
          assert.deepEqual(
            rows.flat().sort((a, b) => a - b),
            real,
          );
          const sizes = rows.map(({ length }) => length);
          assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        }
        for (const { indices, weights, steps } of drawn) {
          assert.equal(steps, data.steps);
          assert.deepEqual(
            weights,
            indices.map((index) => data.masks[index]),
          );
        }
      }),
    );
  });

  it('goes on to the next block of rows where one is full', () => {
    const data = plain(2, 300);
    const rows = rowsOf(drawAll(estimate(data))[0].indices, data, 128);
    assert.equal(new Set(rows).size, 300);
  });

  it('draws in an order that only the seed, the first step and the minibatch decide', () => {
    const data = plain(2, 40);
    const advantages = times(80, (i) => i / 10);
    const indices = (config: Partial<SegmentsConfig>, t = 0) =>
      drawAll(estimate(data, advantages, t), { updateEpochs: 2, ...config }).map((draw) => draw.indices);
    for (const prioritized of [undefined, { alpha: 0.6, beta: 0.4, progress: () => 0 }]) {
      const base = indices({ prioritized });
      assert.deepEqual(indices({ prioritized }), base);
      assert.notDeepEqual(base[1], base[0], 'epochs must differ');
      assert.notDeepEqual(indices({ prioritized, seed: 2 }), base, 'seeds must differ');
      assert.notDeepEqual(indices({ prioritized }, 2), base, 'rollouts must differ');
    }
  });

  it('with priorities draws p ∝ (Σ|A|)^α, and weighs what it draws by (n p)^−β', () => {
    const [rows, alpha, beta] = [4, 0.7, { from: 0.4, to: 1 }];
    const data = { ...plain(2, rows), masks: [1, 1, 1, 0, 1, 0, 1, 0] };
    // Row 1's second step is a reset row, row 3 has no real transition: neither counts.
    const advantages = [1, -2, 4, 50, -1, 100, 0, 50];
    const priorities = [2, 2, 4].map((sum) => sum ** alpha);
    const total = priorities.reduce((sum, priority) => sum + priority, 0);
    const counts = [0, 0, 0];
    const draws = 8000;
    for (const { indices, weights } of drawAll(estimate(data, advantages), {
      ...{ numMinibatches: 3, updateEpochs: draws / 3, seed: 7 },
      prioritized: { alpha, beta, progress: () => 0.5 },
    })) {
      const [row] = indices;
      assert.deepEqual(indices, [row, rows + row]);
      counts[row]++;
      const weight = ((3 * priorities[row]) / total) ** -0.7;
      weights.forEach((actual, t) => {
        const expected = data.masks[t * rows + row] * weight;
        assert.ok(Math.abs(actual - expected) < 1e-5, `weight ${actual} of row ${row}, expected ${expected}`);
      });
    }
    // Four standard deviations of a count are 180.
    counts.forEach((count, row) => {
      const expected = (draws * priorities[row]) / total;
      assert.ok(
        Math.abs(count - expected) < 180,
        `row ${row} was drawn ${count} times, expected ${expected}`,
      );
    });
  });

  it('estimates anew before every minibatch but the first, and draws by that', () => {
    const data = plain(1, 8);
    let calls = 0;
    const record = estimate(data, [1, 0, 0, 0, 0, 0, 0, 0]);
    const drawn = drawAll(record, {
      ...{ numMinibatches: 4, prioritized: { alpha: 1, beta: 1, progress: () => 0 } },
      refresh: ({ advantages }) => {
        advantages.fill(0);
        advantages[++calls] = 1;
      },
    });
    assert.equal(calls, 3);
    assert.deepEqual(
      drawn.map(({ indices }) => indices),
      times(4, (k) => [k, k]),
    );
  });

  it(
    'draws a minibatch when the one before has been learned from, and ends early where that moved the policy far',
    marble(({ cold, expectObservable }) => {
      const config = { numMinibatches: 2, updateEpochs: 2, seed: 1 };
      const learned = (approxKl: number) =>
        cold('-a|', { a: estimate(plain(2, 6)) }).pipe(
          update(
            segments({ ...config, targetKl: 1 }),
            pipe(
              delay(2),
              map(({ indices }): Losses => ({ approxKl, samples: indices.length })),
            ),
          ),
          map(({ losses }) => losses),
        );
      expectObservable(learned(1)).toBe('---------(u|)', { u: { approxKl: 1, samples: 6 } });
      expectObservable(learned(2)).toBe('---(u|)', { u: { approxKl: 2, samples: 6 } });
    }),
  );

  it('refuses counts that are not whole, a negative α, and a rollout without the weights that it needs', () => {
    const config = { numMinibatches: 1, updateEpochs: 1, seed: 1 };
    const prioritized = { alpha: -1, beta: 1, progress: () => 0 };
    assert.throws(() => segments({ ...config, numMinibatches: 0 }), /segments: numMinibatches .* got 0/);
    assert.throws(() => segments({ ...config, prioritized }), /segments: alpha .* got -1/);
    const record = (masks: number[]) =>
      ({ ...inArena({ ...plain(1, 2), masks }), kind: 'estimate' }) as Estimate;
    assert.ok(!segments(config)(record([1, 1])).next({}).done);
    assert.throws(
      () => segments(config)(record([1, 0])).next({}),
      /segments: expected a rollout with weights/,
    );
    const all = { ...config, prioritized: { ...prioritized, alpha: 0 } };
    assert.throws(() => segments(all)(record([1, 1])).next({}), /segments: expected a rollout with weights/);
  });
});
