import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activations } from '../../../../lib/engine/wasm/kernels.ts';
import type { Activation } from '../../../../lib/engine/wasm/layer.ts';
import { LayerNormLayer } from '../../../../lib/engine/wasm/layerNorm.ts';
import { assignTensors, ParameterPlan, tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import { random, times } from '../../../kernels/random.ts';
import { activation as functions } from '../../../kernels/reference/dense.ts';
import { layerNorm } from '../../../kernels/reference/layerNorm.ts';
import { forEachBuild } from '../../../kernels/setup.ts';
import { close, readBlock, take, writeBlock } from './layerHarness.ts';

const names = Object.keys(activations) as Activation[];
const problems = fc.record({
  features: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 64, 130)),
  activation: fc.constantFrom(...names),
  below: fc.constantFrom(...names),
  /** What samples lie around, as observations of a size may. */
  center: fc.constantFrom(0, 3, -50),
  n: fc.oneof(fc.constantFrom(5, 8, 128), fc.integer({ min: 1, max: 128 })),
  seed: fc.integer(),
});

describe('LayerNormLayer', () => {
  forEachBuild((_, harness) => {
    const { kernels } = harness;
    const [stride, rows] = [kernels.stride(), kernels.rows()];

    it('equals the scalar reference, and its gradients differences of it', () =>
      fc.assert(
        fc.property(problems, ({ features, activation, below, center, n, seed }) => {
          harness.reset();
          const plan = new ParameterPlan();
          const shape = LayerNormLayer.plan(plan, { features, activation, name: 'norm' }, rows);
          const [parameters, gradients] = times(2, () => harness.f32(new Float32Array(plan.size)));
          const columns = take(harness, LayerNormLayer.blockColumns(shape, kernels));
          const layer = new LayerNormLayer(shape, kernels, parameters.byteOffset, columns);

          const { uniform } = random(seed);
          const numbers = (middle = 0) => times(features, () => uniform(middle - 1, middle + 1));
          const tensor = (middle: number) => ({
            shape: [features],
            data: Float32Array.from(numbers(middle)),
          });
          const tensors = { 'norm.weight': tensor(1), 'norm.bias': tensor(0) };
          assignTensors(plan.segments, tensors, parameters);
          assert.deepEqual(tensorsOf(plan.segments, parameters), tensors);
          layer.pack();
          const [gain, bias] = [tensors['norm.weight'].data, tensors['norm.bias'].data];

          // Samples are as float32 has them: near −50, it is they that are rounded, not the norm.
          const { value, slope } = functions[activations[below]];
          const z = times(n, () => numbers(center));
          const samples = z.map((row) => row.map((x) => Math.fround(value(x))));
          const slopes = z.map((row) => row.map(slope));
          const [x, dx, belowSlopes] = times(3, () =>
            harness.f32(Math.ceil(features / rows) * rows * stride),
          );
          const block = { pointer: x.byteOffset, slopes: belowSlopes.byteOffset, activation: below };
          writeBlock(x, stride, samples);
          writeBlock(belowSlopes, stride, slopes);

          // A mean near 50 is known to 4e-6; where features are almost equal, 1 / deviation multiplies that.
          const outputs = samples.map((row) => layerNorm(gain, bias, row));
          const deviation = samples.map((row) => {
            const mean = row.reduce((sum, xi) => sum + xi, 0) / features;
            return Math.sqrt(row.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / features + 1e-5);
          });
          const tolerance = samples.map(
            (row, s) => 1e-5 + (4e-7 * Math.max(...row.map(Math.abs))) / deviation[s],
          );
          layer.forward(block, n, true);
          const check = (column: Float32Array | Int32Array, f: (z: number) => number, what: string) =>
            readBlock(column as Float32Array, stride, features, n).forEach((row, s) => {
              close(row, outputs[s].map(f), `${what} of sample ${s}`, tolerance[s]);
            });
          const act = functions[activations[activation]];
          check(columns.y, act.value, 'y');
          if (activation === 'gelu') check(columns.slopes, act.slope, 'slopes');

          const dy = times(n, () => numbers());
          writeBlock(columns.dy as Float32Array, stride, dy);
          const along = (row: readonly number[], f: (h: number) => number[]) => {
            const [up, down] = [f(1e-6), f(-1e-6)];
            return row.reduce((sum, g, i) => sum + (g * (up[i] - down[i])) / 2e-6, 0);
          };
          layer.backwardInput(block, dx.byteOffset, n);
          readBlock(dx, stride, features, n).forEach((row, s) => {
            const expected = samples[s].map(
              (xi, i) =>
                slopes[s][i] * along(dy[s], (h) => layerNorm(gain, bias, samples[s].with(i, xi + h))),
            );
            close(row, expected, `dx of sample ${s}`, (2 * tolerance[s]) / deviation[s]);
          });

          layer.backwardWeights(block, gradients.byteOffset, n);
          const added = tensorsOf(plan.segments, gradients);
          const unit = new Float64Array(features).fill(1);
          const zero = new Float64Array(features);
          const hats = samples.map((row) => layerNorm(unit, zero, row));
          const sum = (f: (s: number, i: number) => number) =>
            times(features, (i) => dy.reduce((total, _, s) => total + f(s, i), 0));
          const worst = Math.sqrt(n) * Math.max(...tolerance);
          close(
            added['norm.weight'].data,
            sum((s, i) => dy[s][i] * hats[s][i]),
            'dg',
            worst,
          );
          close(
            added['norm.bias'].data,
            sum((s, i) => dy[s][i]),
            'db',
          );
          harness.checkGuards();
        }),
        { numRuns: 40 },
      ));
  });
});
