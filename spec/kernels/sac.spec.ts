import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { forEachBuild } from './setup.ts';

const batches = fc.record({
  n: fc.oneof(fc.constantFrom(1, 3, 4, 5, 127, 128), fc.integer({ min: 1, max: 128 })),
  seed: fc.nat(),
  alpha: fc.constantFrom(0, 0.2, 1),
  weight: fc.constantFrom(1, 1 / 256),
});

const close = (actual: number, expected: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

describe('sac', () => {
  forEachBuild((_, harness) => {
    const stride = harness.kernels.stride();
    const clean = (column: Float32Array, n: number) =>
      assert.ok(column.subarray(n, Math.ceil(n / 8) * 8).every((value) => value === 0));

    it('judges critics by the soft Bellman target', () => {
      fc.assert(
        fc.property(batches, fc.boolean(), fc.boolean(), ({ n, seed, alpha, weight }, weighted, asked) => {
          harness.reset();
          const { uniform, chance } = random(seed);
          const block = () => harness.f32(times(stride, () => uniform(-2, 2)));
          const [q, next1, next2, logProbs] = [block(), block(), block(), block()];
          const returns = harness.f32(times(n, () => uniform(-1, 1)));
          const discounts = harness.f32(times(n, () => 0.99 * chance(0.8)));
          const weights = harness.f32(times(n, () => uniform(0, 1)));
          const errors = harness.f32(new Float32Array(n).fill(1));
          const gradient = harness.f32(stride);
          const sums = harness.f64([3, 4]);
          harness.call(
            'sacCritic',
            ...[q, next1, next2, logProbs, n, returns, discounts, weighted ? weights : 0],
            ...[alpha, weight, gradient, asked ? errors : 0, sums],
          );
          let [loss, values] = [3, 4];
          for (let s = 0; s < n; s++) {
            const target = returns[s] + discounts[s] * (Math.min(next1[s], next2[s]) - alpha * logProbs[s]);
            const error = q[s] - target;
            const w = weighted ? weights[s] : 1;
            close(gradient[s], 2 * weight * w * error, `gradient of ${s}`);
            close(errors[s], asked ? 1 + Math.abs(error) / 2 : 1, `error of ${s}`);
            loss += w * error * error;
            values += q[s];
          }
          close(sums[0], loss, 'loss');
          close(sums[1], values, 'values');
          clean(gradient, n);
          harness.checkGuards();
        }),
      );
    });

    it('judges actors by the lower critic', () => {
      fc.assert(
        fc.property(batches, ({ n, seed, alpha, weight }) => {
          harness.reset();
          const { uniform, chance } = random(seed);
          const block = () => harness.f32(times(stride, () => uniform(-2, 2)));
          const [q1, q2, logProbs] = [block(), block(), block()];
          for (let s = 0; s < n; s++) if (chance(0.1)) q2[s] = q1[s];
          const [d1, d2] = [harness.f32(stride), harness.f32(stride)];
          const sums = harness.f64([1, 2]);
          harness.call('sacActor', q1, q2, logProbs, n, alpha, weight, d1, d2, sums);
          let [loss, entropy] = [1, 2];
          for (let s = 0; s < n; s++) {
            loss += alpha * logProbs[s] - Math.min(q1[s], q2[s]);
            entropy += logProbs[s];
            assert.equal(d1[s], q1[s] <= q2[s] ? Math.fround(-weight) : 0);
            assert.equal(d2[s], q1[s] <= q2[s] ? 0 : Math.fround(-weight));
          }
          close(sums[0], loss, 'loss');
          close(sums[1], entropy, 'log π');
          for (const gradient of [d1, d2]) clean(gradient, n);
          harness.checkGuards();
        }),
      );
    });

    it('moves targets towards their sources', () => {
      const sizes = fc.integer({ min: 1, max: 40 }).map((quads) => 4 * quads);
      fc.assert(
        fc.property(sizes, fc.nat(), fc.constantFrom(0, 0.005, 0.5, 1), (n, seed, tau) => {
          harness.reset();
          const { uniform } = random(seed);
          const [before, to] = [1, 2].map(() => times(n, () => uniform(-2, 2)));
          const target = harness.f32(before);
          harness.call('polyak', target, harness.f32(to), n, tau);
          target.forEach((value, i) => {
            close(value, (1 - tau) * before[i] + tau * to[i], `element ${i}`);
          });
          harness.checkGuards();
        }),
      );
    });
  });
});
