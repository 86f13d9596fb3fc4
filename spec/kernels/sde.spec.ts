import assert from 'node:assert/strict';
import fc from 'fast-check';
import { close, counts } from './policyLoss.ts';
import { random, times } from './random.ts';
import { gaussianLogProb } from './reference/gaussian.ts';
import { normalsOf } from './reference/normal.ts';
import { philox } from './reference/philox.ts';
import { forEachBuild } from './setup.ts';

const key = [0x12345678, 0x9abcdef0];
const problems = fc.record({
  n: counts,
  size: fc.integer({ min: 1, max: 4 }),
  inputs: fc.oneof(fc.constantFrom(1, 16, 64), fc.integer({ min: 1, max: 40 })),
  row: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 })),
  seed: fc.integer(),
});
type Problem = typeof problems extends fc.Arbitrary<infer T> ? T : never;

/** ½ ln of the noise's variance. */
function deviation(h: readonly number[], logStd: readonly number[]): number {
  return 0.5 * Math.log(h.reduce((sum, x, i) => sum + (Math.exp(logStd[i]) * x) ** 2, 1e-6));
}

/** What the weight of input i of component k is, for a row, times σ. */
function normal(k: number, i: number, inputs: number, row: number, [low, high]: readonly number[]): number {
  const quad = k * Math.ceil(inputs / 4) + (i >>> 2);
  const words = philox([quad, low, row, (9 | (high << 8)) >>> 0], key);
  const { cosine, sine } = normalsOf(words[i & 1], words[(i & 1) + 2]);
  return i & 2 ? sine : cosine;
}

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const [stride, rows] = [kernels.stride(), kernels.rows()];
  const padTo = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;

  /** Features [n][inputs], some of them 0, means [n][size] and log σ [size][inputs]. */
  function policyOf({ n, size, inputs, seed }: Problem) {
    const { uniform, chance } = random(seed);
    return {
      features: times(n, () => times(inputs, () => uniform(-1, 1) * chance(0.8))),
      means: times(n, () => times(size, () => uniform(-2, 2))),
      logStd: times(size, () => times(inputs, () => uniform(-3, 1))),
    };
  }
  type Policy = ReturnType<typeof policyOf>;

  /** A block: 0 to the end of the last group of 8 samples, NaN beyond and in padding features. */
  function block(samples: readonly (readonly number[])[]) {
    const size = samples[0].length;
    const column = harness.f32(padTo(size, rows) * stride);
    for (let f = 0; f < size; f++) {
      column.fill(0, f * stride, f * stride + padTo(samples.length, 8));
      for (let s = 0; s < samples.length; s++) column[f * stride + s] = samples[s][f];
    }
    return column;
  }

  /** A matrix of padded rows, all else being `padding`. */
  function matrix(values: readonly (readonly number[])[], padding: number) {
    const pitch = padTo(values[0].length, rows);
    const column = harness.f32(times(padTo(values.length, rows) * pitch, () => padding));
    for (const [k, row] of values.entries()) column.set(row, k * pitch);
    return column;
  }

  /** Places a policy and computes its deviations. */
  function place({ features, means, logStd }: Policy) {
    harness.reset();
    const [n, size, inputs] = [features.length, logStd.length, logStd[0].length];
    const columns = { h: block(features), outputs: block(means), log: matrix(logStd, 0) };
    const deviations = block(means.map((own) => own.map(() => Number.NaN)));
    harness.call('sdeForward', columns.h, columns.log, deviations, size, inputs, n);
    harness.checkGuards();
    return { ...columns, deviations, n, size, inputs };
  }

  /** Actions and log-probabilities of the samples from `first` on. */
  function sample(policy: Policy, row: number, [low, high]: readonly number[], first = 0) {
    const { h, outputs, log, deviations, n, size, inputs } = place(policy);
    const rest = n - first;
    const [actions, logProbs] = [harness.f32(rest * size), harness.f32(rest)];
    const [at, from] = [4 * first, row + first];
    const blocks = [outputs.byteOffset + at, h.byteOffset + at, log, deviations.byteOffset + at] as const;
    const sizes = [rest, size, inputs] as const;
    harness.call('sdeSample', ...blocks, ...sizes, key[0], key[1], low, high, from, actions, logProbs);
    harness.checkGuards();
    return {
      actions: times(rest, (s) => [...actions.subarray(s * size, (s + 1) * size)]),
      logProbs: [...logProbs],
    };
  }

  describe('sdeForward', () => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const policy = policyOf(problem);
          const { deviations } = place(policy);
          policy.features.forEach((h, s) => {
            policy.logStd.forEach((logStd, k) => {
              close(deviations[k * stride + s], deviation(h, logStd), 2e-6, `component ${k} of sample ${s}`);
            });
          });
        }),
      );
    });
  });

  describe('sdeSample', () => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, fc.constantFrom([5, 0], [2 ** 31 + 1, 6]), (problem, time) => {
          const policy = policyOf(problem);
          const { actions, logProbs } = sample(policy, problem.row, time);
          policy.features.forEach((h, s) => {
            const own = policy.logStd.map((logStd) => deviation(h, logStd));
            own.forEach((log, k) => {
              const { inputs, row } = problem;
              const noise = h.reduce(
                (sum, x, i) => sum + x * Math.exp(policy.logStd[k][i]) * normal(k, i, inputs, row + s, time),
                0,
              );
              const expected = policy.means[s][k] + noise;
              close(actions[s][k], expected, 5e-6 * (1 + Math.exp(log)), `component ${k} of row ${s}`);
            });
            const expected = gaussianLogProb(policy.means[s], own, actions[s]);
            close(logProbs[s], expected, 1e-5 * (1 + Math.abs(expected)), `log p of row ${s}`);
          });
        }),
        { numRuns: 30 },
      );
    });

    it('does not depend on how rows are batched, nor where in a block they are', () => {
      fc.assert(
        fc.property(problems, fc.nat(127), (problem, at) => {
          const policy = policyOf(problem);
          const cut = at % problem.n;
          const whole = sample(policy, problem.row, [7, 0]);
          const tail = {
            actions: whole.actions.slice(cut),
            logProbs: whole.logProbs.slice(cut),
          };
          assert.deepEqual(sample(policy, problem.row, [7, 0], cut), tail);
          const { features, means, logStd } = policy;
          const alone = { features: features.slice(cut), means: means.slice(cut), logStd };
          assert.deepEqual(sample(alone, problem.row + cut, [7, 0]), tail);
        }),
      );
    });
  });

  describe('sdeBackward', () => {
    it('equals differences of the deviations', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const policy = policyOf(problem);
          const { uniform } = random(problem.seed + 1);
          const slopes = policy.means.map((own) => own.map(() => uniform(-1, 1)));
          const { h, log, deviations, n, size, inputs } = place(policy);
          const [given, gradient] = [
            block(slopes),
            matrix(
              policy.logStd.map((own) => own.map(() => 1)),
              1,
            ),
          ];
          harness.call('sdeBackward', h, log, deviations, given, gradient, size, inputs, n);
          harness.checkGuards();
          const expected = matrix(
            policy.logStd.map((logStd, k) =>
              logStd.map((own, i) => {
                const at = (d: number) =>
                  policy.features.reduce(
                    (sum, x, s) => sum + slopes[s][k] * deviation(x, logStd.with(i, own + d)),
                    0,
                  );
                return 1 + (at(1e-4) - at(-1e-4)) / 2e-4;
              }),
            ),
            1,
          );
          gradient.forEach((g, at) => {
            close(g, expected[at], 2e-6 * (1 + n), `gradient ${at}`);
          });
        }),
        { numRuns: 30 },
      );
    });
  });
});
