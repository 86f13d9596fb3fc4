import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { logSoftmax, sample, uniform } from './reference/categorical.ts';
import { forEachBuild } from './setup.ts';

const key = [0x12345678, 0x9abcdef0];
const problems = fc.record({
  n: fc.oneof(fc.constantFrom(1, 3, 5, 128), fc.integer({ min: 1, max: 128 })),
  choices: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 19 })),
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

  function run(logits: number[][], row: number, time = [5, 6]) {
    harness.reset();
    const n = logits.length;
    const [actions, logProbs] = [harness.i32(n), harness.f32(n)];
    kernels.categoricalSample(
      block(logits),
      n,
      logits[0].length,
      ...([key[0], key[1], time[0], time[1], row] as const),
      ...([actions.byteOffset, logProbs.byteOffset] as const),
    );
    harness.checkGuards();
    return { actions: [...actions], logProbs: [...logProbs] };
  }

  const logitsOf = ({
    n,
    choices,
    scale,
    seed,
  }: {
    n: number;
    choices: number;
    scale: number;
    seed: number;
  }) => {
    const { uniform: between } = random(seed);
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
          const { actions, logProbs } = run(logits, problem.row);
          logits.forEach((row, s) => {
            const { action, margin } = sample(row, uniform(problem.row + s, key, [5, 6]));
            if (margin > 1e-6) assert.equal(actions[s], action);
            close(logProbs[s], logSoftmax(row)[actions[s]]);
          });
        }),
      );
    });

    it('does not depend on how rows are batched', () => {
      fc.assert(
        fc.property(problems, fc.nat(127), (problem, at) => {
          const logits = logitsOf(problem);
          const cut = at % problem.n;
          const whole = run(logits, problem.row);
          const tail = run(logits.slice(cut), problem.row + cut);
          assert.deepEqual(tail.actions, whole.actions.slice(cut));
          assert.deepEqual(tail.logProbs, whole.logProbs.slice(cut));
        }),
      );
    });

    it('follows the probabilities', () => {
      const logits = times(128, () => [Math.log(0.1), Math.log(0.6), Math.log(0.3)]);
      const counts = [0, 0, 0];
      for (let t = 0; t < 400; t++) for (const action of run(logits, 0, [t, 0]).actions) counts[action]++;
      // 51200 draws; the standard deviations are below 0.0022
      [0.1, 0.6, 0.3].forEach((p, a) => {
        assert.ok(Math.abs(counts[a] / 51200 - p) < 0.01, `${counts}`);
      });
    });

    it('takes a possible action at both ends of the distribution', () => {
      const choices = fc.array(fc.constantFrom(-Infinity, -3, 0, 0.1), { minLength: 1, maxLength: 9 });
      // In step (5, 6) these rows draw the least and the greatest uniform there is.
      const rows = [48160095, 19912018];
      assert.deepEqual(
        rows.map((row) => uniform(row, key, [5, 6])),
        [0, 1 - 2 ** -24],
      );
      fc.assert(
        fc.property(choices, (logits) => {
          fc.pre(Math.max(...logits) > -Infinity);
          const possible = logits.flatMap((logit, a) => (logit > -Infinity ? [a] : []));
          assert.deepEqual(
            rows.map((row) => run([logits], row).actions[0]),
            [possible[0], possible.at(-1)],
          );
        }),
      );
    });

    it('never takes a masked action', () => {
      fc.assert(
        fc.property(problems, fc.integer(), (problem, mask) => {
          const { chance, below } = random(mask);
          const logits = logitsOf(problem).map((row) => {
            const free = below(row.length);
            return row.map((logit, a) => (a !== free && chance(0.5) ? -Infinity : logit));
          });
          const { actions, logProbs } = run(logits, problem.row);
          logits.forEach((row, s) => {
            assert.ok(Number.isFinite(row[actions[s]]), `${row}: ${actions[s]}`);
            close(logProbs[s], logSoftmax(row)[actions[s]]);
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
          harness.reset();
          const [actions, logProbs] = [harness.i32(problem.n), harness.f32(problem.n)];
          kernels.categoricalGreedy(
            block(logits),
            ...([problem.n, problem.choices, actions.byteOffset, logProbs.byteOffset] as const),
          );
          harness.checkGuards();
          logits.forEach((row, s) => {
            assert.equal(actions[s], row.indexOf(Math.max(...row)));
            close(logProbs[s], Math.max(...logSoftmax(row)));
          });
        }),
      );
    });
  });
});
