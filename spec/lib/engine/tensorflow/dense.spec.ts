import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dense } from '../../../../lib/engine/tensorflow/dense.ts';
import { Device } from '../../../../lib/engine/tensorflow/device.ts';
import type { Scalar, Tensor, Tensor2D } from '../../../../lib/engine/tensorflow/tf.ts';
import { activations } from '../../../../lib/engine/wasm/kernels.ts';
import type { Activation } from '../../../../lib/engine/wasm/layer.ts';
import {
  affine,
  backwardInput,
  backwardWeights,
  activation as functions,
} from '../../../kernels/reference/dense.ts';
import { close } from '../wasm/layerHarness.ts';
import { noise, runs } from '../wasm/reference.ts';

const problems = fc.record({
  inputs: fc.integer({ min: 1, max: 20 }),
  outputs: fc.integer({ min: 1, max: 20 }),
  n: fc.integer({ min: 1, max: 40 }),
  activation: fc.constantFrom(...(Object.keys(activations) as Activation[])),
  isData: fc.boolean(),
  seed: fc.nat(2 ** 31),
});

for (const backend of ['cpu', 'wasm'] as const)
  describe(`dense on ${backend}`, () => {
    let device: Device;
    before(async () => {
      device = await Device.open(backend);
    });

    it('equals the scalar reference, forwards and backwards', () =>
      fc.assert(
        fc.property(problems, ({ inputs, outputs, n, activation, isData, seed }) => {
          const { tf } = device;
          const tensors = tf.memory().numTensors;
          const next = noise(seed);
          const rows = (count: number, length: number) =>
            Array.from({ length: count }, () => Array.from({ length }, next));
          const [samples, weights, dy] = [rows(n, inputs), rows(outputs, inputs), rows(n, outputs)];
          const [biases] = rows(1, outputs);
          const { value, slope } = functions[activations[activation]];
          const z = affine(weights, biases, samples);
          const dz = dy.map((row, s) => row.map((d, o) => d * slope(z[s][o])));
          const expected = backwardWeights(samples, dz);
          device.tidy(() => {
            const given = [tf.tensor2d(samples), tf.tensor2d(weights), tf.tensor1d(biases)];
            const apply = ([x, weight, bias]: Tensor[]) =>
              dense(device, x as Tensor2D, weight, bias, activation, isData);
            close(apply(given).dataSync(), z.flat().map(value), 'y');
            const of = isData ? given.slice(1) : given;
            const gradients = tf.grads(
              (...own: Tensor[]) =>
                tf.sum(tf.mul(apply([...given.slice(0, 3 - own.length), ...own]), tf.tensor2d(dy))) as Scalar,
            )(of);
            const [dBias, dWeight, dx] = gradients.reverse();
            close(dBias.dataSync(), expected.bias, 'db');
            close(dWeight.dataSync(), expected.weights.flat(), 'dW');
            if (dx) close(dx.dataSync(), backwardInput(weights, dz).flat(), 'dx');
          });
          assert.equal(tf.memory().numTensors, tensors);
        }),
        runs(100),
      ));
  });
