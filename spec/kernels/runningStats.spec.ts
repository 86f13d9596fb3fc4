import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const problems = fc.record({
  features: fc.integer({ min: 1, max: 9 }),
  n: fc.integer({ min: 1, max: 128 }),
  offset: fc.constantFrom(0, 1, 1e4),
  seed: fc.integer(),
});

describe('running statistics', () => {
  forEachBuild((_, harness) => {
    /** A block with `samples[s][f]`; what is beyond the samples' last group stays uninitialised. */
    function place(samples: readonly (readonly number[])[]) {
      harness.reset();
      const features = samples[0].length;
      const stride = harness.kernels.stride();
      const block = harness.f32(
        Math.ceil(features / harness.kernels.rows()) * harness.kernels.rows() * stride,
      );
      for (let f = 0; f < features; f++) {
        block.fill(0, f * stride, f * stride + Math.ceil(samples.length / 8) * 8);
        for (const [s, sample] of samples.entries()) block[f * stride + s] = sample[f];
      }
      return { block, stride, features };
    }

    function draw({
      features,
      n,
      offset,
      seed,
    }: {
      features: number;
      n: number;
      offset: number;
      seed: number;
    }) {
      const { uniform } = random(seed);
      return times(n, () =>
        Array.from(Float32Array.from(times(features, () => uniform(offset - 1, offset + 1)))),
      );
    }

    it('blockMoments equals the reference', () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const samples = draw(problem);
          const { block, features } = place(samples);
          const [means, variances] = [harness.f64(features), harness.f64(features)];
          harness.call('blockMoments', block, features, samples.length, means, variances);
          harness.checkGuards();
          for (let f = 0; f < features; f++) {
            const mean = samples.reduce((sum, sample) => sum + sample[f], 0) / samples.length;
            const squares = samples.reduce((sum, sample) => sum + (sample[f] - mean) ** 2, 0);
            assert.ok(
              Math.abs(means[f] - mean) <= 1e-14 * (1 + problem.offset),
              `mean ${means[f]}, not ${mean}`,
            );
            assert.ok(
              Math.abs(variances[f] - squares / samples.length) <= 1e-9,
              `variance ${variances[f]}, not ${squares / samples.length}`,
            );
          }
        }),
      );
    });

    it('normalizeBlock equals the reference, and leaves the padding features', () => {
      fc.assert(
        fc.property(problems, fc.constantFrom(0.5, 10, Number.POSITIVE_INFINITY), (problem, clip) => {
          const samples = draw(problem);
          const { block, stride, features } = place(samples);
          const { uniform } = random(problem.seed + 1);
          const means = harness.f32(times(features, () => uniform(problem.offset - 2, problem.offset + 2)));
          const scales = harness.f32(times(features, () => uniform(0.1, 5)));
          const before = block.slice();
          harness.call('normalizeBlock', block, features, samples.length, means, scales, clip);
          harness.checkGuards();
          for (const [s, sample] of samples.entries()) {
            for (let f = 0; f < features; f++) {
              const exact = (sample[f] - means[f]) * scales[f];
              const expected = Math.max(-clip, Math.min(clip, exact));
              const got = block[f * stride + s];
              assert.ok(
                Math.abs(got - expected) <= 1e-6 * (1 + Math.abs(expected)),
                `${got}, not ${expected}`,
              );
            }
          }
          assert.deepEqual(block.subarray(features * stride), before.subarray(features * stride));
        }),
      );
    });

    it('gives a feature the same bits wherever it stands, and whatever is beyond the samples', () => {
      fc.assert(
        fc.property(problems, fc.nat(), (problem, at) => {
          const samples = draw(problem);
          const f = at % problem.features;
          const moments = (rows: readonly (readonly number[])[], beyond: number) => {
            const { block, features, stride } = place(rows);
            for (let k = 0; k < features; k++) block.fill(beyond, k * stride + rows.length, (k + 1) * stride);
            const [means, variances] = [harness.f64(features), harness.f64(features)];
            harness.call('blockMoments', block, features, rows.length, means, variances);
            return Array.from({ length: features }, (_, k) => [means[k], variances[k]]);
          };
          const alone = moments(
            samples.map((sample) => [sample[f]]),
            7,
          );
          assert.deepEqual(moments(samples, Number.NaN)[f], alone[0]);
        }),
      );
    });
  });
});
