import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { jointLogProb, sample, split, uniform } from './reference/categorical.ts';
import { forEachBuild } from './setup.ts';

const key = [0x12345678, 0x9abcdef0];
const problems = fc.record({
  n: fc.oneof(fc.constantFrom(1, 3, 5, 128), fc.integer({ min: 1, max: 128 })),
  sizes: fc.oneof(
    fc.constantFrom([1], [2]),
    fc.tuple(fc.integer({ min: 1, max: 19 })),
    fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
  ),
  row: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 })),
  scale: fc.constantFrom(0, 1, 30),
  seed: fc.integer(),
});

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const stride = kernels.stride();

  /** A block of logits [n][choices], NaN wherever nothing is promised. */
  function block(logits: number[][]) {
    const column = harness.f32(logits[0].length * stride);
    logits.forEach((row, s) => {
      row.forEach((logit, a) => {
        column[a * stride + s] = logit;
      });
    });
    return column.byteOffset;
  }

  /** The actions [n][components] for logits [n][choices], and their log-probabilities. */
  function run(logits: number[][], sizes: readonly number[], row: number, time = [5, 6]) {
    harness.reset();
    const n = logits.length;
    const [actions, logProbs] = [harness.i32(n * sizes.length), harness.f32(n)];
    kernels.categoricalSample(
      block(logits),
      n,
      harness.i32(sizes).byteOffset,
      sizes.length,
      ...([key[0], key[1], time[0], time[1], row] as const),
      ...([actions.byteOffset, logProbs.byteOffset] as const),
    );
    harness.checkGuards();
    return { actions: rows([...actions], sizes.length), logProbs: [...logProbs] };
  }

  const rows = (actions: number[], width: number) =>
    times(actions.length / width, (s) => actions.slice(s * width, (s + 1) * width));

  interface Problem {
    n: number;
    sizes: readonly number[];
    scale: number;
    seed: number;
  }
  const logitsOf = ({ n, sizes, scale, seed }: Problem) => {
    const { uniform: between } = random(seed);
    const choices = sizes.reduce((sum, size) => sum + size, 0);
    return times(n, () => times(choices, () => between(-scale, scale)));
  };

  const close = (actual: number, expected: number) =>
    assert.ok(
      Math.abs(actual - expected) <= 3e-6 * Math.max(1, Math.abs(expected)),
      `${actual}, not ${expected}`,
    );

  describe('categoricalSample', () => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const logits = logitsOf(problem);
          const { sizes } = problem;
          const { actions, logProbs } = run(logits, sizes, problem.row);
          logits.forEach((row, s) => {
            split(row, sizes).forEach((part, k) => {
              const { action, margin } = sample(part, uniform(problem.row + s, key, [5, 6], k));
              if (margin > 1e-6) assert.equal(actions[s][k], action);
            });
            close(logProbs[s], jointLogProb(row, sizes, actions[s]));
          });
        }),
      );
    });

    it('does not depend on how rows are batched', () => {
      fc.assert(
        fc.property(problems, fc.nat(127), (problem, at) => {
          const logits = logitsOf(problem);
          const cut = at % problem.n;
          const whole = run(logits, problem.sizes, problem.row);
          const tail = run(logits.slice(cut), problem.sizes, problem.row + cut);
          assert.deepEqual(tail.actions, whole.actions.slice(cut));
          assert.deepEqual(tail.logProbs, whole.logProbs.slice(cut));
        }),
      );
    });

    it('follows the probabilities', () => {
      const logits = times(128, () => [Math.log(0.1), Math.log(0.6), Math.log(0.3)]);
      const counts = [0, 0, 0];
      for (let t = 0; t < 400; t++)
        for (const [action] of run(logits, [3], 0, [t, 0]).actions) counts[action]++;
      // 51200 draws; the standard deviations are below 0.0022
      [0.1, 0.6, 0.3].forEach((p, a) => {
        assert.ok(Math.abs(counts[a] / 51200 - p) < 0.01, `${counts}`);
      });
    });

    it('takes a possible action at both ends of the distribution', () => {
      const choices = fc.array(fc.constantFrom(-Infinity, -3, 0, 0.1), { minLength: 1, maxLength: 9 });
      // In step (5, 6) these rows draw the least and the greatest uniform there is.
      const ends = [48160095, 19912018];
      assert.deepEqual(
        ends.map((row) => uniform(row, key, [5, 6])),
        [0, 1 - 2 ** -24],
      );
      fc.assert(
        fc.property(choices, (logits) => {
          fc.pre(Math.max(...logits) > -Infinity);
          const possible = logits.flatMap((logit, a) => (logit > -Infinity ? [a] : []));
          assert.deepEqual(
            ends.map((row) => run([logits], [logits.length], row).actions[0][0]),
            [possible[0], possible.at(-1)],
          );
        }),
      );
    });

    it('never takes a masked action', () => {
      fc.assert(
        fc.property(problems, fc.integer(), (problem, seed) => {
          const { sizes } = problem;
          const { chance, below } = random(seed);
          const logits = logitsOf(problem).map((row) =>
            split(row, sizes).flatMap((part) => {
              const free = below(part.length);
              return part.map((logit, a) => (a !== free && chance(0.5) ? -Infinity : logit));
            }),
          );
          const { actions, logProbs } = run(logits, sizes, problem.row);
          logits.forEach((row, s) => {
            const taken = split(row, sizes).map((part, k) => part[actions[s][k]]);
            assert.ok(taken.every(Number.isFinite), `${row}: ${actions[s]}`);
            close(logProbs[s], jointLogProb(row, sizes, actions[s]));
          });
        }),
      );
    });
  });

  describe('categoricalGreedy', () => {
    it('takes the first of the most probable actions', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          // Rounded, so that there are equals.
          const logits = logitsOf(problem).map((row) => row.map((logit) => Math.round(logit)));
          const { n, sizes } = problem;
          harness.reset();
          const [actions, logProbs] = [harness.i32(n * sizes.length), harness.f32(n)];
          kernels.categoricalGreedy(
            block(logits),
            ...([n, harness.i32(sizes).byteOffset, sizes.length] as const),
            ...([actions.byteOffset, logProbs.byteOffset] as const),
          );
          harness.checkGuards();
          rows([...actions], sizes.length).forEach((taken, s) => {
            const parts = split(logits[s], sizes);
            assert.deepEqual(
              taken,
              parts.map((part) => part.indexOf(Math.max(...part))),
            );
            close(logProbs[s], jointLogProb(logits[s], sizes, taken));
          });
        }),
      );
    });
  });
});
