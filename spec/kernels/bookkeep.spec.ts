import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { type Books, bookkeep } from './reference/bookkeep.ts';
import { forEachBuild } from './setup.ts';

const problems = fc.record({
  n: fc.oneof(fc.integer({ min: 0, max: 17 }), fc.integer({ min: 0, max: 150 })),
  limit: fc.constantFrom(0, 1, 5),
  chance: fc.constantFrom(0, 0.1, 1),
  seed: fc.integer(),
});

function booksOf({ n, chance: probability, seed }: { n: number; chance: number; seed: number }): Books {
  const { uniform, below, chance } = random(seed);
  return {
    rewards: times(n, () => uniform(-1, 1)),
    terminations: times(n, () => chance(probability)),
    truncations: times(n, () => chance(probability)),
    masks: times(n, () => below(2)),
    elapsed: times(n, () => below(6)),
    episodeReturns: times(n, () => uniform(-10, 10)),
    pending: times(n, () => chance(probability)),
    ended: times(n, () => below(2)),
  };
}

describe('bookkeep', () => {
  forEachBuild((_, harness) => {
    function run(books: Books, limit: number, tellsEnds = true) {
      harness.reset();
      const n = books.rewards.length;
      const columns = {
        rewards: harness.f32(books.rewards),
        terminations: harness.u8(books.terminations),
        truncations: harness.u8(books.truncations),
        masks: harness.f32(books.masks),
        elapsed: harness.i32(books.elapsed),
        episodeReturns: harness.f64(books.episodeReturns),
        pending: harness.u8(books.pending),
        ended: harness.u8(books.ended),
      };
      const { rewards, terminations, truncations, masks, elapsed, episodeReturns, pending, ended } = columns;
      const finished = harness.i32(n);
      const result = harness.kernels.bookkeep(
        ...([n, limit, rewards.byteOffset, terminations.byteOffset, truncations.byteOffset] as const),
        ...([masks.byteOffset, elapsed.byteOffset, episodeReturns.byteOffset, pending.byteOffset] as const),
        tellsEnds ? ended.byteOffset : 0,
        finished.byteOffset,
      );
      harness.checkGuards();
      const after = Object.fromEntries(
        Object.entries(columns).map(([key, column]) => [key, Array.from(column)]),
      );
      return {
        result,
        finished: [...finished.subarray(0, Math.max(0, result))],
        books: after as unknown as Books,
      };
    }

    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, fc.boolean(), (problem, tellsEnds) => {
          const books = booksOf(problem);
          const { ended } = booksOf(problem);
          const actual = run(books, problem.limit, tellsEnds);
          const finished = bookkeep(books, problem.limit);
          if (!tellsEnds) books.ended = ended;
          assert.equal(actual.result, finished.length);
          assert.deepEqual(actual.finished, finished);
          assert.deepEqual(actual.books, books);
        }),
      );
    });

    it('names the first row whose reward is not finite', () => {
      const faults = fc.array(fc.nat(149), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(
          problems,
          faults,
          fc.constantFrom(Number.NaN, Infinity, -Infinity),
          (problem, rows, fault) => {
            const books = booksOf(problem);
            for (const row of rows) if (row < problem.n) books.rewards[row] = fault;
            const { result } = run(books, problem.limit);
            // A row that was just reset has no reward.
            const first = books.rewards.findIndex(
              (reward, i) => !books.pending[i] && !Number.isFinite(reward),
            );
            if (first >= 0) assert.equal(result, -1 - first);
            else assert.ok(result >= 0);
          },
        ),
      );
    });
  });
});
