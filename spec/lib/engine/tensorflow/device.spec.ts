import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Device } from '../../../../lib/engine/tensorflow/device.ts';
import type { Tensor, Tensor2D } from '../../../../lib/engine/tensorflow/tf.ts';
import { forEachDevice } from '../../../golden/engines.ts';
import { assertClose } from '../../../golden/golden.ts';

const numbers = (length: number) =>
  fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length });

/** Columns of a layer of tanh units and of a linear one, and observations of which there are three. */
const networks = fc
  .record({ inputs: fc.integer({ min: 1, max: 9 }), hidden: fc.integer({ min: 1, max: 17 }) })
  .chain(({ inputs, hidden }) =>
    fc.record({
      inputs: fc.constant(inputs),
      hidden: fc.constant(hidden),
      x: numbers(3 * inputs),
      first: numbers(inputs * hidden),
      second: numbers(hidden),
    }),
  );

describe('a device', () => {
  forEachDevice((name, device) => {
    it('has the gradients of a network that backpropagation by hand has, and keeps no tensors', async () => {
      const { tf } = device();
      await fc.assert(
        fc.asyncProperty(networks, async ({ inputs, hidden, x, first, second }) => {
          const before = tf.memory().numTensors;
          const gradients = device().tidy(() => {
            const rows = tf.tensor2d(x, [3, inputs]);
            const loss = (first: Tensor, second: Tensor) =>
              tf.sum(tf.matMul(tf.tanh(tf.matMul(rows, first as Tensor2D)), second as Tensor2D));
            const [df, ds] = tf.grads(loss)([
              tf.tensor2d(first, [inputs, hidden]),
              tf.tensor2d(second, [hidden, 1]),
            ]);
            return tf.concat([tf.reshape(df, [-1]), tf.reshape(ds, [-1])]);
          });
          const found = await device().read(gradients);
          assert.equal(tf.memory().numTensors, before);
          const expected = new Float64Array(inputs * hidden + hidden);
          for (let row = 0; row < 3; row++)
            for (let unit = 0; unit < hidden; unit++) {
              let sum = 0;
              for (let i = 0; i < inputs; i++) sum += x[row * inputs + i] * first[i * hidden + unit];
              const value = Math.tanh(sum);
              expected[inputs * hidden + unit] += value;
              for (let i = 0; i < inputs; i++)
                expected[i * hidden + unit] += x[row * inputs + i] * second[unit] * (1 - value ** 2);
            }
          assertClose(found, expected, 1e-5, 'gradients', 10);
        }),
        // Each shape is a shader to be compiled.
        { numRuns: name === 'tensorflow:webgpu' ? 5 : 20 },
      );
    });

    it('computes on itself, whichever was used before', async () => {
      const other = await Device.open('cpu');
      other.tidy(() => other.tf.zeros([1]));
      const { tf, backend } = device();
      const own = device().tidy(() => tf.scalar(tf.getBackend() === backend ? 1 : 0));
      assert.deepEqual(Array.from(await device().read(own)), [1]);
    });

    if (name !== 'tensorflow:webgpu') return;
    it('says when it could not compute', async () => {
      const { tf } = device();
      const sum = device().tidy(() => tf.addN(Array.from({ length: 100 }, () => tf.ones([2]))));
      await assert.rejects(async () => device().read(sum), {
        name: 'EngineError',
        message: /storage buffers/,
      });
      // And goes on.
      const one = device().tidy(() => tf.mul(tf.ones([1]), 1));
      assert.deepEqual(Array.from(await device().read(one)), [1]);
    });
  });

  it('is the first that works where none is named, and none that is imitated', async () => {
    const best = await Device.open();
    assert.ok(!best.isImitated);
    assert.notEqual(best.backend, 'cpu', 'wasm comes before it');
  });
});
