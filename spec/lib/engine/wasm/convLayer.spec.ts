import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ConvLayer,
  type ConvSpec,
  channelsLast,
  type ImageShape,
  sizeOf,
} from '../../../../lib/engine/wasm/convLayer.ts';
import { activations } from '../../../../lib/engine/wasm/kernels.ts';
import type { Activation } from '../../../../lib/engine/wasm/layer.ts';
import { assignTensors, ParameterPlan, tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import { random, times } from '../../../kernels/random.ts';
import { convolve, convolveBackward } from '../../../kernels/reference/conv.ts';
import { activation as functions } from '../../../kernels/reference/dense.ts';
import { forEachBuild } from '../../../kernels/setup.ts';
import { close, readBlock, take, writeBlock } from './layerHarness.ts';

const names = Object.keys(activations) as Activation[];
const problems = fc.record({
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  depth: fc.integer({ min: 1, max: 5 }),
  order: fc.constantFrom('HWC', 'CHW'),
  channels: fc.integer({ min: 1, max: 9 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  activation: fc.constantFrom(...names),
  below: fc.constantFrom(...names),
  n: fc.oneof(fc.constantFrom(5, 8, 128), fc.integer({ min: 1, max: 128 })),
  seed: fc.integer(),
});

const spec = (input: ImageShape, rest: Partial<ConvSpec> = {}): ConvSpec => ({
  ...{ input, channels: 2, kernel: 3, stride: 1, activation: 'linear', name: 'conv', gain: 1 },
  ...rest,
});

describe('ConvLayer', () => {
  forEachBuild((_, harness) => {
    const { kernels } = harness;
    const [stride, rows] = [kernels.stride(), kernels.rows()];

    it('equals the scalar reference, forwards and backwards', () =>
      fc.assert(
        fc.property(problems, ({ order, n, seed, below, ...problem }) => {
          harness.reset();
          const { height, width, depth, channels, activation } = problem;
          const kernel = Math.min(problem.kernel, height, width);
          const sizes = { height, width, depth, channels, kernel, stride: problem.stride };
          const input = { height, width, channels: depth, order };
          const plan = new ParameterPlan();
          const options = { channels, kernel, stride: problem.stride, activation };
          const shape = ConvLayer.plan(plan, spec(input, options), rows);
          const [parameters, gradients] = times(2, () => harness.f32(new Float32Array(plan.size)));
          const columns = take(harness, {
            ...ConvLayer.sharedColumns(shape, kernels),
            ...ConvLayer.blockColumns(shape, kernels),
          });
          const layer = new ConvLayer(shape, kernels, parameters.byteOffset, columns);

          const { uniform } = random(seed);
          const numbers = (count: number) => times(count, () => uniform(-1, 1));
          const tensor = (shape: readonly number[]) => {
            const data = Float32Array.from(numbers(shape.reduce((size, length) => size * length, 1)));
            return { shape, data };
          };
          const patch = depth * kernel ** 2;
          const [weight, bias] = [tensor([channels, depth, kernel, kernel]), tensor([channels])];
          const tensors = { 'conv.weight': weight, 'conv.bias': bias };
          assignTensors(plan.segments, tensors, parameters);
          assert.deepEqual(tensorsOf(plan.segments, parameters), tensors);
          layer.pack();

          // The reference has its channels first.
          const pixels = shape.output.height * shape.output.width;
          const features = channels * pixels;
          const outOrder = channelsLast(channels, pixels);
          const inOrder =
            order === 'HWC' ? channelsLast(depth, height * width) : times(sizeOf(input), (i) => i);
          const toBlock = (image: readonly number[], places: ArrayLike<number>) => {
            const row = new Array<number>(image.length);
            for (let i = 0; i < image.length; i++) row[places[i]] = image[i];
            return row;
          };
          const fromBlock = (row: readonly number[], places: ArrayLike<number>) =>
            Array.from(places, (place) => row[place]);

          // What the layer below computed: z is before its activation.
          const z = times(n, () => numbers(sizeOf(input)));
          const images = z.map((image) => image.map(functions[activations[below]].value));
          const slopes = z.map((image) => image.map(functions[activations[below]].slope));
          const [x, dx, belowSlopes] = times(3, () =>
            harness.f32(Math.ceil(sizeOf(input) / rows) * rows * stride),
          );
          const block = { pointer: x.byteOffset, slopes: belowSlopes.byteOffset, activation: below };
          writeBlock(
            x,
            stride,
            images.map((image) => toBlock(image, inOrder)),
          );
          writeBlock(
            belowSlopes,
            stride,
            slopes.map((image) => toBlock(image, inOrder)),
          );

          const outputs = images.map((image) => convolve(sizes, weight.data, bias.data, image));
          const y = columns.y as Float32Array;
          for (const training of [false, true]) {
            layer.forward(block, n, training);
            readBlock(y, stride, features, n).forEach((row, s) => {
              const expected = outputs[s].map(functions[activations[activation]].value);
              close(fromBlock(row, outOrder), expected, `y of sample ${s}`, 1e-5 * Math.sqrt(patch));
            });
          }
          if (activation === 'gelu') {
            readBlock(columns.slopes as Float32Array, stride, features, n).forEach((row, s) => {
              const expected = outputs[s].map(functions[activations.gelu].slope);
              close(fromBlock(row, outOrder), expected, `slopes of sample ${s}`, 1e-5 * Math.sqrt(patch));
            });
          }

          const dy = times(n, () => numbers(features));
          writeBlock(
            columns.dy as Float32Array,
            stride,
            dy.map((row) => toBlock(row, outOrder)),
          );
          const expected = dy.map((row, s) => convolveBackward(sizes, weight.data, images[s], row));
          layer.backwardInput(block, dx.byteOffset, n);
          readBlock(dx, stride, sizeOf(input), n).forEach((row, s) => {
            const gradient = expected[s].input.map((g, i) => g * slopes[s][i]);
            close(fromBlock(row, inOrder), gradient, `dx of sample ${s}`);
          });

          const before = { 'conv.weight': tensor(weight.shape), 'conv.bias': tensor(bias.shape) };
          assignTensors(plan.segments, before, gradients);
          layer.backwardWeights(block, gradients.byteOffset, n);
          const added = tensorsOf(plan.segments, gradients);
          for (const part of ['weight', 'bias'] as const) {
            const start = before[`conv.${part}`].data;
            const sum = Array.from(start, (g, i) => expected.reduce((sum, e) => sum + e[part][i], g));
            close(added[`conv.${part}`].data, sum, `d${part}`);
          }
          const owned = new Float32Array(plan.size);
          assignTensors(plan.segments, added, owned);
          assert.deepEqual(owned, gradients, 'padding of the gradients stays 0');
          harness.checkGuards();
        }),
        { numRuns: 150 },
      ));

    it('has the sizes of NatureCNN, and refuses an image smaller than a patch', () => {
      const plan = new ParameterPlan();
      let image: ImageShape = { height: 84, width: 84, channels: 4, order: 'HWC' };
      const outputs = [
        [32, 8, 4],
        [64, 4, 2],
        [64, 3, 1],
      ].map(([channels, kernel, stride]) => {
        image = ConvLayer.plan(plan, spec(image, { channels, kernel, stride }), rows).output;
        return [image.height, image.width, image.channels];
      });
      assert.deepEqual(outputs, [
        [20, 20, 32],
        [9, 9, 64],
        [7, 7, 64],
      ]);
      const small: ImageShape = { height: 2, width: 5, channels: 1, order: 'CHW' };
      assert.throws(() => ConvLayer.plan(plan, spec(small), rows), {
        name: 'RangeError',
        message: 'conv: expected an image of at least 3 × 3, got 2 × 5',
      });
    });
  });
});
