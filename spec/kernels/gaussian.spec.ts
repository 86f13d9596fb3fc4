import assert from 'node:assert/strict';
import fc from 'fast-check';
import { close, configs, counts, runLoss } from './policyLoss.ts';
import { random, times } from './random.ts';
import {
  type GaussianSample,
  gaussianGradient,
  gaussianLogProb,
  gaussianTerms,
  held,
} from './reference/gaussian.ts';
import { normalsOf } from './reference/normal.ts';
import { philox } from './reference/philox.ts';
import type { PpoConfig } from './reference/ppoLoss.ts';
import { forEachBuild } from './setup.ts';

const key = [0x12345678, 0x9abcdef0];
const sizes = fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 8 }));
/** `dependent`: log σ is put out by the network. */
const problems = fc.record({
  n: counts,
  size: sizes,
  dependent: fc.boolean(),
  row: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 })),
  seed: fc.integer(),
});
type Problem = typeof problems extends fc.Arbitrary<infer T> ? T : never;

/** The standard normal number of component k of a row. */
function normal(row: number, time: readonly number[], k: number): number {
  const words = philox([row >>> 2, ...time, 1 | (k << 8)], key);
  const { cosine, sine } = normalsOf(words[row & 1], words[(row & 1) + 2]);
  return row & 2 ? sine : cosine;
}

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const stride = kernels.stride();

  /** Means and log-deviations [n][size]; those of an independent head are all the same. */
  function policyOf({ n, size, dependent, seed }: Omit<Problem, 'row'>) {
    const { uniform } = random(seed);
    const shared = times(size, () => uniform(-3, 1));
    return times(n, () => ({
      means: times(size, () => uniform(-2, 2)),
      // Some beyond [−5, 2].
      logStd: dependent ? times(size, () => uniform(-6, 3)) : shared,
    }));
  }
  type Policy = ReturnType<typeof policyOf>;

  /** Runs a kernel that makes actions. */
  function act(
    policy: Policy,
    dependent: boolean,
    call: (
      outputs: number,
      logStd: number,
      n: number,
      size: number,
      actions: number,
      logProbs: number,
    ) => void,
  ) {
    harness.reset();
    const [n, size] = [policy.length, policy[0].means.length];
    const outputs = harness.f32((dependent ? 2 : 1) * size * stride);
    policy.forEach(({ means, logStd }, s) => {
      for (const [f, x] of [...means, ...(dependent ? logStd : [])].entries()) outputs[f * stride + s] = x;
    });
    const logStd = dependent ? 0 : harness.f32(policy[0].logStd).byteOffset;
    const [actions, logProbs] = [harness.f32(n * size), harness.f32(n)];
    call(outputs.byteOffset, logStd, n, size, actions.byteOffset, logProbs.byteOffset);
    harness.checkGuards();
    return {
      actions: times(n, (s) => [...actions.subarray(s * size, (s + 1) * size)]),
      logProbs: [...logProbs],
    };
  }

  const sample = (policy: Policy, dependent: boolean, row: number, time: readonly number[]) =>
    act(policy, dependent, (outputs, logStd, n, size, ...columns) =>
      kernels.gaussianSample(outputs, logStd, n, size, key[0], key[1], time[0], time[1], row, ...columns),
    );

  const deviations = ({ logStd }: { logStd: readonly number[] }, dependent: boolean) =>
    dependent ? logStd.map(held) : logStd;

  describe('gaussianSample', () => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const policy = policyOf(problem);
          const { dependent, row } = problem;
          const { actions, logProbs } = sample(policy, dependent, row, [5, 6]);
          policy.forEach((own, s) => {
            const logStd = deviations(own, dependent);
            own.means.forEach((mean, k) => {
              const expected = mean + Math.exp(logStd[k]) * normal(row + s, [5, 6], k);
              close(actions[s][k], expected, 3e-6 * (1 + Math.abs(expected)), `component ${k} of row ${s}`);
            });
            const expected = gaussianLogProb(own.means, logStd, actions[s]);
            // Down to σ = e⁻⁵, the difference of action and mean has lost digits, but the same in both.
            close(logProbs[s], expected, 5e-6 * (1 + Math.abs(expected)), `log p of row ${s}`);
          });
        }),
      );
    });

    it('does not depend on how rows are batched', () => {
      fc.assert(
        fc.property(problems, fc.nat(127), (problem, at) => {
          const policy = policyOf(problem);
          const { dependent, row } = problem;
          const cut = at % problem.n;
          const whole = sample(policy, dependent, row, [7, 0]);
          const tail = sample(policy.slice(cut), dependent, row + cut, [7, 0]);
          assert.deepEqual(tail.actions, whole.actions.slice(cut));
          assert.deepEqual(tail.logProbs, whole.logProbs.slice(cut));
        }),
      );
    });
  });

  describe('gaussianGreedy', () => {
    it('takes the means', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const policy = policyOf(problem);
          const { dependent } = problem;
          const { actions, logProbs } = act(policy, dependent, (...args) => kernels.gaussianGreedy(...args));
          policy.forEach((own, s) => {
            assert.deepEqual(actions[s], own.means);
            const expected = gaussianLogProb(own.means, deviations(own, dependent), own.means);
            close(logProbs[s], expected, 2e-6 * (1 + Math.abs(expected)), `log p of row ${s}`);
          });
        }),
      );
    });
  });

  describe('gaussianPpoLoss', () => {
    function samplesOf(problem: Omit<Problem, 'row'>, weighted: boolean): GaussianSample[] {
      const { uniform, chance } = random(problem.seed + 1);
      return policyOf(problem).map((own) => {
        const { means } = own;
        const logStd = deviations(own, problem.dependent);
        const actions = means.map((mean, k) => Math.fround(mean + Math.exp(logStd[k]) * uniform(-2, 2)));
        return {
          ...{ means, logStd: own.logStd, actions, value: uniform(-1, 1) },
          logProb: Math.fround(gaussianLogProb(means, logStd, actions) + uniform(-1.2, 1.2) * chance(0.7)),
          ...{ advantage: uniform(-2, 2), return: uniform(-1, 1), oldValue: uniform(-1, 1) },
          ...(weighted && { importance: uniform(0.2, 2) * chance(0.7) }),
        };
      });
    }

    function run(samples: GaussianSample[], config: PpoConfig, dependent: boolean) {
      harness.reset();
      const { means, logStd } = samples[0];
      const size = means.length;
      const rows = samples.map((own) => [...own.means, ...(dependent ? own.logStd : [])]);
      const parameters = dependent ? undefined : harness.f32(logStd);
      const gradient = dependent ? undefined : harness.f32(times(size, () => 1));
      const result = runLoss(harness, samples, rows, config, 'f32', (args) => {
        const { outputs, values, indices, n, scratch, actions, rest } = args;
        const pointers = [parameters?.byteOffset ?? 0, gradient?.byteOffset ?? 0] as const;
        kernels.gaussianPpoLoss(outputs, values, ...pointers, indices, n, size, scratch, actions, ...rest);
      });
      return { ...result, dLogStd: gradient && [...gradient].map((g) => g - 1) };
    }

    it('equals the reference and its differences, each head', () => {
      fc.assert(
        fc.property(problems, configs, fc.boolean(), (problem, config, weighted) => {
          const { dependent } = problem;
          const samples = samplesOf(problem, weighted);
          const { dOutputs, dValues, dLogStd, newLogProbs, newValues, sums } = run(
            samples,
            config,
            dependent,
          );
          const expected = samples.map((one) => gaussianGradient(one, config, dependent));
          samples.forEach((one, s) => {
            const logStd = deviations(one, dependent);
            const gradients = [
              ...expected[s].means.map((g, k) => ({ g, unit: Math.exp(-logStd[k]) })),
              ...(dependent ? expected[s].logStd : []).map((g) => ({ g, unit: 1 })),
              { g: expected[s].value, unit: 1 },
            ];
            [...dOutputs[s], dValues[s]].forEach((actual, f) => {
              const { g, unit } = gradients[f];
              if (!Number.isNaN(g))
                close(actual, g, 1e-4 * config.weight * unit, `gradient ${f} of sample ${s}`);
            });
            const logProb = gaussianLogProb(one.means, logStd, one.actions);
            close(newLogProbs[s], logProb, 5e-6 * (1 + Math.abs(logProb)), `log p of sample ${s}`);
            assert.equal(newValues[s], one.value);
          });
          dLogStd?.forEach((actual, k) => {
            const sum = expected.reduce((total, own) => total + own.logStd[k], 0);
            if (!Number.isNaN(sum))
              close(actual, sum, 1e-4 * config.weight * (1 + samples.length), `gradient of log σ ${k}`);
          });
          const terms = samples.map((one) => gaussianTerms(one, config, dependent));
          sums.forEach((sum, k) => {
            const near = terms.some(([, , , kl, minusLog], s) => {
              const excess = kl - minusLog;
              return (
                k === 5 && samples[s].importance !== 0 && Math.abs(Math.abs(excess) - config.clipCoef) < 1e-4
              );
            });
            const total = terms.reduce((all, own) => all + own[k], 0);
            if (!near) close(sum, total, 2e-5 * (1 + samples.length), `sum ${k}`);
          });
        }),
      );
    });

    it('has ratio 1 on the actions that it has sampled', () => {
      const config = { ...{ clipCoef: 0.2, vfClip: Infinity, entCoef: 0, vfCoef: 0.5, mean: 0, invStd: 1 } };
      fc.assert(
        fc.property(problems, (problem) => {
          const { dependent } = problem;
          const policy = policyOf(problem);
          const { actions, logProbs } = sample(policy, dependent, problem.row, [1, 0]);
          const samples = policy.map((own, s) => ({
            ...own,
            ...{ actions: actions[s], logProb: logProbs[s], value: 0, advantage: 1, return: 0, oldValue: 0 },
          }));
          const { sums } = run(samples, { ...config, dualClip: Infinity, weight: 1 }, dependent);
          assert.equal(sums[0], -problem.n);
          assert.equal(sums[4], 0);
        }),
      );
    });
  });
});
