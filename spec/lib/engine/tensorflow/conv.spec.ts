import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activate } from '../../../../lib/engine/tensorflow/activation.ts';
import { conv } from '../../../../lib/engine/tensorflow/conv.ts';
import { Device } from '../../../../lib/engine/tensorflow/device.ts';
import type { Scalar, Tensor, Tensor4D } from '../../../../lib/engine/tensorflow/tf.ts';
import { convolve, convolveBackward, outputSize } from '../../../kernels/reference/conv.ts';
import { close } from '../wasm/layerHarness.ts';
import { noise, runs } from '../wasm/reference.ts';

/** Strides beyond the patch leave pixels out, and images that no patch ends at have a rest. */
const problems = fc.record({
  height: fc.integer({ min: 1, max: 11 }),
  width: fc.integer({ min: 1, max: 11 }),
  depth: fc.integer({ min: 1, max: 4 }),
  channels: fc.integer({ min: 1, max: 5 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  n: fc.integer({ min: 1, max: 5 }),
  isData: fc.boolean(),
  seed: fc.nat(2 ** 31),
});

for (const backend of ['cpu', 'wasm'] as const)
  describe(`conv on ${backend}`, () => {
    let device: Device;
    before(async () => {
      device = await Device.open(backend);
    });

    it('equals the scalar reference, forwards and backwards', () =>
      fc.assert(
        fc.property(problems, ({ n, isData, seed, ...problem }) => {
          const { tf } = device;
          const tensors = tf.memory().numTensors;
          const { height, width, depth, channels, stride } = problem;
          const kernel = Math.min(problem.kernel, height, width);
          const sizes = { ...problem, kernel };
          const next = noise(seed);
          const numbers = (length: number) => Float32Array.from({ length }, next);
          const images = Array.from({ length: n }, () => numbers(depth * height * width));
          const [weights, biases] = [numbers(channels * depth * kernel ** 2), numbers(channels)];
          const dy = images.map(() => numbers(outputSize(sizes)));
          const pixels = outputSize(sizes) / channels;
          const expected = images.map((image, s) => convolveBackward(sizes, weights, image, dy[s]));
          const sum = (part: 'weight' | 'bias') =>
            expected[0][part].map((_, i) => expected.reduce((total, own) => total + own[part][i], 0));
          device.tidy(() => {
            // The reference has its channels first.
            const stack = (rows: readonly Float32Array[]) => tf.stack(rows.map((row) => tf.tensor1d(row)));
            const last = (rows: readonly Float32Array[], shape: [number, number, number]) =>
              tf.transpose(tf.reshape(stack(rows), [n, ...shape]), [0, 2, 3, 1]) as Tensor4D;
            const first = (tensor: Tensor) => tf.transpose(tensor, [0, 3, 1, 2]).dataSync();
            const x = last(images, [depth, height, width]);
            const weight = tf.tensor4d(weights, [channels, depth, kernel, kernel]);
            const apply = (x: Tensor, weight: Tensor, bias: Tensor) =>
              conv(device, x as Tensor4D, weight as Tensor4D, bias, stride, 'linear', isData);
            const y = apply(x, weight, tf.tensor1d(biases));
            const outputs = images.flatMap((image) => convolve(sizes, weights, biases, image));
            close(first(y), outputs, 'y');
            const dOutputs = last(dy, [channels, 1, pixels]);
            const loss = (x: Tensor, weight: Tensor, bias: Tensor) =>
              tf.sum(tf.mul(apply(x, weight, bias), tf.reshape(dOutputs, y.shape))) as Scalar;
            const given = [x, weight, tf.tensor1d(biases)];
            const gradients = isData
              ? [undefined, ...tf.grads((weight, bias) => loss(x, weight, bias))(given.slice(1))]
              : tf.grads(loss as (...given: Tensor[]) => Scalar)(given);
            const [dx, dWeight, dBias] = gradients;
            if (dx) close(first(dx), expected.flatMap(({ input }) => [...input]), 'dx'); // biome-ignore format: one line
            assert.deepEqual(dWeight?.shape, weight.shape);
            close(dWeight?.dataSync() ?? [], sum('weight'), 'dW');
            close(dBias?.dataSync() ?? [], sum('bias'), 'db');
          });
          assert.equal(tf.memory().numTensors, tensors);
        }),
        runs(100),
      ));

    it('has its activation within, or after it', () => {
      const { tf } = device;
      for (const activation of ['tanh', 'relu', 'gelu'] as const)
        device.tidy(() => {
          const x = tf.randomUniform([2, 5, 5, 2], -1, 1) as Tensor4D;
          const weight = tf.randomUniform([3, 2, 2, 2], -1, 1) as Tensor4D;
          const bias = tf.randomUniform([3], -1, 1);
          const within = (x: Tensor) => conv(device, x as Tensor4D, weight, bias, 1, activation);
          const after = (x: Tensor) =>
            activate(device, conv(device, x as Tensor4D, weight, bias, 1, 'linear'), activation);
          close(within(x).dataSync(), after(x).dataSync(), activation);
          close(tf.grad(within)(x).dataSync(), tf.grad(after)(x).dataSync(), `${activation}, backwards`);
        });
    });
  });
