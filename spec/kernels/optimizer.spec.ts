import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { type AdamConfig, adam } from './reference/adam.ts';
import { forEachBuild } from './setup.ts';

const quads = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 60 }));

const close = (actual: number, expected: number, tolerance: number, what: string) => {
  if (!(Math.abs(actual - expected) <= tolerance))
    assert.fail(`${what}: expected ${expected}, got ${actual}`);
};

forEachBuild((_, harness) => {
  const { kernels } = harness;

  describe('reduceGradients', () => {
    it('adds the chunks in order and the squares of the sum', () => {
      fc.assert(
        fc.property(
          quads,
          fc.integer({ min: 1, max: 9 }),
          fc.nat(3),
          fc.integer(),
          (quad, chunks, gap, seed) => {
            harness.reset();
            const { uniform } = random(seed);
            const n = 4 * quad;
            const pitch = n + 4 * gap;
            const data = times(chunks * pitch, (i) => (i % pitch < n ? uniform(-1, 1) : Number.NaN));
            const gradients = harness.f32(data);
            const squares = kernels.reduceGradients(gradients.byteOffset, n, chunks, 4 * pitch);
            harness.checkGuards();
            let expected = 0;
            for (let i = 0; i < n; i++) {
              let sum = data[i];
              for (let c = 1; c < chunks; c++) sum = Math.fround(sum + data[c * pitch + i]);
              assert.equal(gradients[i], sum);
              expected += sum * sum;
            }
            assert.deepEqual([...gradients.subarray(n)], data.slice(n));
            close(squares, expected, 1e-12 * expected, 'squares');
          },
        ),
      );
    });
  });

  describe('adam', () => {
    const configs = fc.record<AdamConfig>({
      scale: fc.constantFrom(1, 0.3),
      learningRate: fc.constantFrom(2.5e-4, 0.1),
      beta1: fc.constantFrom(0, 0.9, 0.95),
      beta2: fc.constantFrom(0.99, 0.999),
      epsilon: fc.constantFrom(1e-8, 1e-5),
    });

    it('equals the reference over some steps', () => {
      fc.assert(
        fc.property(quads, configs, fc.integer(), (quad, config, seed) => {
          harness.reset();
          const { uniform } = random(seed);
          const n = 4 * quad;
          const weights = harness.f32(times(n, () => uniform(-1, 1)));
          const [m, v] = [harness.f32(times(n, () => 0)), harness.f32(times(n, () => 0))];
          const gradients = harness.f32(n);
          let expected = Array.from(weights, (weight) => ({ weight, m: 0, v: 0 }));
          for (let t = 1; t <= 4; t++) {
            gradients.set(times(n, () => uniform(-1, 1) ** 3));
            const { scale, learningRate, beta1, beta2, epsilon } = config;
            kernels.adam(
              ...([weights.byteOffset, gradients.byteOffset, m.byteOffset, v.byteOffset, n] as const),
              ...([scale, learningRate, beta1, beta2, epsilon, 1 - beta1 ** t, 1 - beta2 ** t] as const),
            );
            expected = expected.map((state, i) => adam(state, gradients[i], t, config));
          }
          harness.checkGuards();
          expected.forEach((state, i) => {
            close(weights[i], state.weight, 2e-7 + 4e-6 * config.learningRate, `weight ${i}`);
            close(m[i], state.m, 2e-7, `m ${i}`);
            close(v[i], state.v, 2e-7, `v ${i}`);
          });
        }),
      );
    });

    it('leaves a weight alone that has no gradient', () => {
      const weights = harness.f32([1, 2, 3, 4]);
      const zeros = times(3, () => harness.f32([0, 0, 0, 0]).byteOffset) as [number, number, number];
      kernels.adam(weights.byteOffset, ...zeros, 4, 1, 0.1, 0.9, 0.999, 1e-8, 0.1, 0.001);
      assert.deepEqual([...weights], [1, 2, 3, 4]);
    });
  });
});
