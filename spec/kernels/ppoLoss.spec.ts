import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { close, configs, counts, runLoss } from './policyLoss.ts';
import { random, times } from './random.ts';
import { jointLogProb } from './reference/categorical.ts';
import { type PpoConfig, type PpoSample, ppoGradient, ppoTerms } from './reference/ppoLoss.ts';
import { forEachBuild } from './setup.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/ppo_loss.json', import.meta.url), 'utf8'));

/** Choices of the components. */
const choices = fc.oneof(
  fc.constantFrom([1], [2]),
  fc.tuple(fc.integer({ min: 1, max: 9 })),
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
);

function samplesOf(n: number, sizes: readonly number[], seed: number, masked = false): PpoSample[] {
  const { uniform, below, chance } = random(seed);
  return times(n, () => {
    const actions = sizes.map(below);
    const logits = sizes.flatMap((size, k) =>
      times(size, (a) => (masked && a !== actions[k] && chance(0.4) ? -Infinity : uniform(-2, 2))),
    );
    return {
      ...{ logits, sizes, actions, value: uniform(-1, 1) },
      logProb: Math.fround(jointLogProb(logits, sizes, actions) + uniform(-1.2, 1.2) * chance(0.7)),
      ...{ advantage: uniform(-2, 2), return: uniform(-1, 1), oldValue: uniform(-1, 1) },
    };
  });
}

describe('ppoLoss', () => {
  forEachBuild((_, harness) => {
    const { kernels } = harness;

    function run(samples: PpoSample[], config: PpoConfig) {
      harness.reset();
      const { sizes } = samples[0];
      const logits = samples.map((sample) => sample.logits);
      const result = runLoss(harness, samples, logits, config, 'i32', (args) => {
        const { outputs, values, indices, n, scratch, actions, rest } = args;
        const choices = harness.i32(sizes).byteOffset;
        kernels.ppoLoss(outputs, values, indices, n, choices, sizes.length, scratch, actions, ...rest);
      });
      return { ...result, dLogits: result.dOutputs };
    }

    function equalsReference(samples: PpoSample[], config: PpoConfig) {
      const { dLogits, dValues, newLogProbs, newValues, sums } = run(samples, config);
      samples.forEach((sample, s) => {
        const { logits, sizes, actions } = sample;
        close(newLogProbs[s], jointLogProb(logits, sizes, actions), 5e-6, `log p of sample ${s}`);
        assert.equal(newValues[s], sample.value);
        const expected = ppoGradient(sample, config);
        // What float32 loses of log p, the ratio loses, too, and the gradient in proportion to what it is multiplied by.
        const tolerance = 1e-5 * config.weight * Math.max(1, sample.importance ?? 1);
        // A kink is a set of measure 0, and which side of it float32 takes is not the matter here.
        const gradients = [...expected.logits, expected.value];
        [...dLogits[s], dValues[s]].forEach((actual, f) => {
          if (!Number.isNaN(gradients[f]))
            close(actual, gradients[f], tolerance, `gradient ${f} of sample ${s}`);
        });
      });
      const expected = samples.map((sample) => ppoTerms(sample, config));
      sums.forEach((sum, k) => {
        const ambiguous = samples.some(({ logits, sizes, actions, logProb }) => {
          const excess = Math.exp(jointLogProb(logits, sizes, actions) - logProb) - 1;
          return k === 5 && Math.abs(Math.abs(excess) - config.clipCoef) < 1e-5;
        });
        const tolerance = 2e-6 * (1 + samples.length);
        if (!ambiguous)
          close(
            sum,
            expected.reduce((total, terms) => total + terms[k], 0),
            tolerance,
            `sum ${k}`,
          );
      });
    }

    it('equals the reference and its differences', () => {
      fc.assert(
        fc.property(counts, choices, configs, fc.integer(), (n, sizes, config, seed) => {
          equalsReference(samplesOf(n, sizes, seed), config);
        }),
      );
    });

    it('gives masked actions neither probability nor gradient', () => {
      fc.assert(
        fc.property(counts, choices, configs, fc.integer(), (n, sizes, config, seed) => {
          const samples = samplesOf(n, sizes, seed, true);
          equalsReference(samples, config);
          const { dLogits } = run(samples, config);
          samples.forEach(({ logits }, s) => {
            for (const [j, logit] of logits.entries()) assert.ok(logit > -Infinity || dLogits[s][j] === 0);
          });
        }),
      );
    });

    it('multiplies advantages by importance weights, and leaves out samples whose weight is 0', () => {
      fc.assert(
        fc.property(counts, choices, configs, fc.integer(), (n, sizes, config, seed) => {
          const { uniform, chance } = random(seed + 1);
          const weighted = samplesOf(n, sizes, seed).map((sample) => ({
            ...sample,
            importance: uniform(0.2, 2) * chance(0.7),
          }));
          equalsReference(weighted, config);
          // A sample that does not count may hold anything.
          const { dLogits, dValues, sums } = run(
            weighted.map((sample) => (sample.importance ? sample : { ...sample, return: Number.NaN })),
            config,
          );
          assert.ok(sums.every(Number.isFinite));
          weighted.forEach(({ importance }, s) => {
            if (!importance) assert.ok([...dLogits[s], dValues[s]].every((gradient) => gradient === 0));
          });
        }),
      );
    });

    it('passes the whole value gradient within the clip range', () => {
      fc.assert(
        fc.property(configs, fc.integer(), (config, seed) => {
          // Where v₀ + (v − v₀) ≠ v in float32, comparing the two losses would drop some.
          const { uniform } = random(seed);
          const samples = samplesOf(128, [1], seed).map((sample) => {
            const value = uniform(-1, 1);
            return { ...sample, value, oldValue: Math.fround(value + uniform(-0.19, 0.19)) };
          });
          const { dValues } = run(samples, config);
          samples.forEach((sample, s) => {
            const expected = (sample.value - sample.return) * config.vfCoef * config.weight;
            close(dValues[s], expected, 1e-6 * config.weight, `value gradient of sample ${s}`);
          });
        }),
      );
    });

    it('leaves alone what has no advantage', () => {
      const config = { ...{ clipCoef: 0.2, vfClip: Infinity, entCoef: 0, vfCoef: 0.5 }, mean: 0, invStd: 1 };
      const samples = samplesOf(128, [3], 1).map((sample) => ({ ...sample, advantage: 0 }));
      const { dLogits, sums } = run(samples, { ...config, dualClip: Infinity, weight: 1 });
      assert.ok(dLogits.flat().every((gradient) => gradient === 0));
      assert.equal(sums[0], 0);
    });

    it('shows a NaN in the sums', () => {
      const config = { ...{ clipCoef: 0.2, vfClip: 0.2, entCoef: 0.01, vfCoef: 0.5 }, mean: 0, invStd: 1 };
      const samples = samplesOf(5, [2], 1);
      for (const key of ['advantage', 'logProb', 'value', 'return', 'oldValue'] as const) {
        const poisoned = samples.with(3, { ...samples[3], [key]: Number.NaN });
        const { sums } = run(poisoned, { ...config, dualClip: Infinity, weight: 1 });
        assert.ok(sums.some(Number.isNaN), key);
      }
    });

    it('matches PyTorch', () => {
      for (const { kind, action, config, batch: n, batch_data: data, outputs, ...expected } of golden.cases) {
        if (kind === 'gaussian') continue;
        const sizes = [action].flat();
        const samples: PpoSample[] = times(n, (s) => ({
          logits: outputs.policy_output[s],
          sizes,
          value: outputs.new_values[s],
          actions: [data.actions[s]].flat(),
          logProb: data.old_logprobs[s],
          advantage: outputs.advantages_used[s],
          return: data.returns[s],
          oldValue: data.old_values[s],
        }));
        const ours = {
          clipCoef: config.clip_coef,
          vfClip: config.clip_vloss ? config.vf_clip : Infinity,
          entCoef: config.ent_coef,
          vfCoef: config.vf_coef,
          ...{ mean: 0, invStd: 1, dualClip: Infinity, weight: 1 / n },
        };
        const valueLoss = config.clip_vloss ? outputs.value_loss_clipped : outputs.value_loss_unclipped;
        for (const dual of [false, true]) {
          const { dLogits, dValues, sums } = run(
            samples,
            dual ? { ...ours, dualClip: config.dual_clip } : ours,
          );
          const policyLoss = dual ? outputs.policy_loss_dual_clip : outputs.policy_loss;
          const { entropy, approx_kl, old_approx_kl, clipfrac } = outputs;
          [policyLoss, valueLoss, entropy, approx_kl, old_approx_kl, clipfrac].forEach((mean, k) => {
            close(sums[k] / n, mean, 1e-6, `sum ${k}`);
          });
          // The gradient of an output layer's bias is the sum over samples.
          const gradients = dual ? expected.grads_total_dual_clip : expected.grads_total;
          const bias = dLogits[0].map((_, j) => dLogits.reduce((sum, row) => sum + row[j], 0));
          bias.forEach((g, j) => {
            close(g, gradients['actor.4.bias'][j], 1e-6, `bias ${j}`);
          });
          const valueBias = dValues.reduce((sum, g) => sum + g, 0);
          close(valueBias, gradients['critic.4.bias'][0], 1e-6, 'value bias');
        }
      }
    });
  });
});
