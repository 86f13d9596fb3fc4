import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deviationForms } from '../../lib/engine/wasm/kernels.ts';
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
const problems = fc.record({
  n: counts,
  size: sizes,
  form: fc.constantFrom('shared' as const, 'held' as const, 'free' as const),
  row: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 })),
  seed: fc.integer(),
});
type Form = keyof typeof deviationForms;
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
  function policyOf({ n, size, form, seed }: Omit<Problem, 'row'>) {
    const { uniform } = random(seed);
    const shared = times(size, () => uniform(-3, 1));
    return times(n, () => ({
      means: times(size, () => uniform(-2, 2)),
      // Some beyond [−5, 2].
      logStd: form !== 'shared' ? times(size, () => uniform(-6, 3)) : shared,
    }));
  }
  type Policy = ReturnType<typeof policyOf>;

  /** Runs a kernel that makes actions. */
  function act(
    policy: Policy,
    form: Form,
    call: (
      outputs: number,
      logStd: number,
      form: number,
      n: number,
      size: number,
      actions: number,
      logProbs: number,
    ) => void,
  ) {
    harness.reset();
    const [n, size] = [policy.length, policy[0].means.length];
    const outputs = harness.f32(size * stride);
    const logStd = form === 'shared' ? harness.f32(policy[0].logStd) : harness.f32(size * stride);
    policy.forEach((own, s) => {
      for (const [f, x] of own.means.entries()) outputs[f * stride + s] = x;
      if (form !== 'shared') for (const [f, x] of own.logStd.entries()) logStd[f * stride + s] = x;
    });
    const [actions, logProbs] = [harness.f32(n * size), harness.f32(n)];
    const code = deviationForms[form];
    call(outputs.byteOffset, logStd.byteOffset, code, n, size, actions.byteOffset, logProbs.byteOffset);
    harness.checkGuards();
    return {
      actions: times(n, (s) => [...actions.subarray(s * size, (s + 1) * size)]),
      logProbs: [...logProbs],
    };
  }

  const sample = (policy: Policy, form: Form, row: number, [low, high]: readonly number[]) =>
    act(policy, form, (outputs, logStd, code, n, size, ...columns) =>
      kernels.gaussianSample(outputs, logStd, code, n, size, key[0], key[1], low, high, row, ...columns),
    );

  const deviations = ({ logStd }: { logStd: readonly number[] }, form: Form) =>
    form === 'held' ? logStd.map(held) : logStd;

  describe('gaussianSample', () => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const policy = policyOf(problem);
          const { form, row } = problem;
          const { actions, logProbs } = sample(policy, form, row, [5, 6]);
          policy.forEach((own, s) => {
            const logStd = deviations(own, form);
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
          const { form, row } = problem;
          const cut = at % problem.n;
          const whole = sample(policy, form, row, [7, 0]);
          const tail = sample(policy.slice(cut), form, row + cut, [7, 0]);
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
          const { form } = problem;
          const { actions, logProbs } = act(policy, form, (...args) => kernels.gaussianGreedy(...args));
          policy.forEach((own, s) => {
            assert.deepEqual(actions[s], own.means);
            const expected = gaussianLogProb(own.means, deviations(own, form), own.means);
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
        const logStd = deviations(own, problem.form);
        const actions = means.map((mean, k) => Math.fround(mean + Math.exp(logStd[k]) * uniform(-2, 2)));
        return {
          ...{ means, logStd: own.logStd, actions, value: uniform(-1, 1) },
          logProb: Math.fround(gaussianLogProb(means, logStd, actions) + uniform(-1.2, 1.2) * chance(0.7)),
          ...{ advantage: uniform(-2, 2), return: uniform(-1, 1), oldValue: uniform(-1, 1) },
          ...(weighted && { importance: uniform(0.2, 2) * chance(0.7) }),
        };
      });
    }

    function run(samples: GaussianSample[], config: PpoConfig, form: Form) {
      harness.reset();
      const { means, logStd } = samples[0];
      const size = means.length;
      // Log-deviations of a block are rows below the means, as a network puts them out.
      const isShared = form === 'shared';
      const rows = samples.map((own) => [...own.means, ...(isShared ? [] : own.logStd)]);
      const parameters = isShared ? harness.f32(logStd) : undefined;
      const gradient = isShared ? harness.f32(times(size, () => 1)) : undefined;
      const result = runLoss(harness, samples, rows, config, 'f32', (args) => {
        const { outputs, values, indices, n, scratch, actions, rest } = args;
        const below = 4 * size * stride;
        const pointers = [
          parameters?.byteOffset ?? outputs + below,
          deviationForms[form],
          gradient?.byteOffset ?? rest[6] + below,
        ] as const;
        kernels.gaussianPpoLoss(outputs, values, ...pointers, indices, n, size, scratch, actions, ...rest);
      });
      return { ...result, dLogStd: gradient && [...gradient].map((g) => g - 1) };
    }

    it('equals the reference and its differences, each form', () => {
      fc.assert(
        fc.property(problems, configs, fc.boolean(), (problem, config, weighted) => {
          const { form } = problem;
          const samples = samplesOf(problem, weighted);
          const { dOutputs, dValues, dLogStd, newLogProbs, newValues, sums } = run(samples, config, form);
          const expected = samples.map((one) => gaussianGradient(one, config, form === 'held'));
          samples.forEach((one, s) => {
            const logStd = deviations(one, form);
            const gradients = [
              ...expected[s].means.map((g, k) => ({ g, unit: Math.exp(-logStd[k]) })),
              ...(form === 'shared' ? [] : expected[s].logStd).map((g) => ({ g, unit: 1 })),
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
          const terms = samples.map((one) => gaussianTerms(one, config, form === 'held'));
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
          const { form } = problem;
          const policy = policyOf(problem);
          const { actions, logProbs } = sample(policy, form, problem.row, [1, 0]);
          const samples = policy.map((own, s) => ({
            ...own,
            ...{ actions: actions[s], logProb: logProbs[s], value: 0, advantage: 1, return: 0, oldValue: 0 },
          }));
          const { sums } = run(samples, { ...config, dualClip: Infinity, weight: 1 }, form);
          assert.equal(sums[0], -problem.n);
          assert.equal(sums[4], 0);
        }),
      );
    });
  });
});
