import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { normalsOf } from './reference/normal.ts';
import { philox } from './reference/philox.ts';
import { squashed } from './reference/squashed.ts';
import { forEachBuild } from './setup.ts';

const shapes = fc.record({
  n: fc.oneof(fc.constantFrom(1, 3, 4, 5, 127, 128), fc.integer({ min: 1, max: 128 })),
  size: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(),
  // Up to where tanh saturates.
  reach: fc.constantFrom(0.5, 3, 12),
});

const close = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

describe('squashed', () => {
  forEachBuild((_, harness) => {
    const { kernels } = harness;
    const stride = kernels.stride();

    /** A block of random features of n samples; to the end of the last group of 8 they are finite. */
    function block(features: number, n: number, draw: () => number) {
      const column = harness.f32(features * stride);
      for (let f = 0; f < features; f++)
        for (let s = 0; s < Math.ceil(n / 8) * 8; s++) column[f * stride + s] = draw();
      return column;
    }

    function open({ n, size, seed, reach }: { n: number; size: number; seed: number; reach: number }) {
      harness.reset();
      const { uniform } = random(seed);
      const lows = times(size, () => uniform(-3, 0));
      const highs = lows.map((low) => Math.fround(low + uniform(0.5, 4)));
      const scales = highs.map((high, k) => Math.fround((high - lows[k]) / 2));
      const biases = highs.map((high, k) => Math.fround((high + lows[k]) / 2));
      return {
        ranges: harness.f32([...scales, ...biases, ...lows, ...highs]),
        outputs: block(2 * size, n, () => uniform(-reach, reach)),
        noise: block(size, n, () => uniform(-2, 2)),
        actions: harness.f32(size * stride),
        logProbs: harness.f32(stride),
        one: (s: number, k: number, dMean = 0, dZ = 0) => ({ s, k, dMean, dZ, scales, biases, lows, highs }),
        uniform,
      };
    }

    it('samples actions in their range, with their log-probabilities', () => {
      fc.assert(
        fc.property(shapes, fc.boolean(), (shape, greedy) => {
          const { n, size } = shape;
          const { ranges, outputs, noise, actions, logProbs, one } = open(shape);
          harness.call('squashedSample', outputs, greedy ? 0 : noise, n, size, ranges, actions, logProbs);
          for (let s = 0; s < n; s++) {
            let logProb = 0;
            let error = 0;
            for (let k = 0; k < size; k++) {
              const { scales, biases, lows, highs } = one(s, k);
              const epsilon = greedy ? 0 : noise[k * stride + s];
              const [mean, z] = [outputs[k * stride + s], outputs[(size + k) * stride + s]];
              const expected = squashed(mean, z, epsilon, scales[k], biases[k]);
              const action = actions[k * stride + s];
              close(action, expected.action, 1e-6 + scales[k] * expected.error, `action ${k} of ${s}`);
              assert.ok(action >= lows[k] && action <= highs[k]);
              logProb += expected.logProb;
              // |d log π / dx| ≤ 2
              error += 5e-6 + 2 * expected.error;
            }
            close(logProbs[s], logProb, error, `log π of ${s}`);
          }
          harness.checkGuards();
        }),
        { numRuns: 150 },
      );
    });

    it('goes back as differences of the samples say', () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(0, 0.01, 1), (shape, weight) => {
          const { n, size } = shape;
          const { ranges, outputs, noise, one, uniform } = open(shape);
          const [first, second] = [1, 2].map(() => block(size, n, () => uniform(-1, 1)));
          const gradient = harness.f32(2 * size * stride);
          harness.call(
            'squashedBackward',
            ...[outputs, noise, n, size, ranges, first, second, weight, gradient],
          );
          const h = 1e-5;
          for (let s = 0; s < Math.ceil(n / 8) * 8; s++) {
            for (let k = 0; k < size; k++) {
              const at = k * stride + s;
              const below = (size + k) * stride + s;
              if (s >= n) {
                assert.deepEqual([gradient[at], gradient[below]], [0, 0]);
                continue;
              }
              const { scales, biases } = one(s, k);
              const loss = (dMean: number, dZ: number) => {
                const [mean, z] = [outputs[at] + dMean, outputs[below] + dZ];
                const { action, logProb } = squashed(mean, z, noise[at], scales[k], biases[k]);
                return weight * logProb + (first[at] + second[at]) * action;
              };
              const scale = 1 + Math.exp(2) * weight;
              close(gradient[at], (loss(h, 0) - loss(-h, 0)) / (2 * h), 1e-4 * scale, `dμ ${k} of ${s}`);
              close(gradient[below], (loss(0, h) - loss(0, -h)) / (2 * h), 1e-3 * scale, `dz ${k} of ${s}`);
            }
          }
          harness.checkGuards();
        }),
        { numRuns: 100 },
      );
    });

    it('adds normal numbers by row and feature, however rows are batched', () => {
      const counters = fc.record({ row: fc.nat(2000), time: fc.nat(2 ** 31), purpose: fc.nat(255) });
      fc.assert(
        fc.property(shapes, counters, ({ n, size }, { row, time, purpose }) => {
          harness.reset();
          const noise = harness.f32(new Float32Array(size * stride).fill(1));
          harness.call('addNormals', noise, n, size, 0.5, 11, 22, time, 33, purpose, row);
          for (let s = 0; s < n; s++) {
            for (let k = 0; k < size; k++) {
              const counter = [(row + s) >>> 2, time, 33, purpose | (k << 8)] as const;
              const [w0, w1, w2, w3] = philox([...counter], [11, 22]);
              const [even, odd] = [normalsOf(w0, w2), normalsOf(w1, w3)];
              const numbers = [even.cosine, odd.cosine, even.sine, odd.sine];
              close(noise[k * stride + s], 1 + 0.5 * numbers[(row + s) & 3], 4e-6, `feature ${k} of ${s}`);
            }
          }
          harness.checkGuards();
        }),
        { numRuns: 100 },
      );
    });
  });
});
