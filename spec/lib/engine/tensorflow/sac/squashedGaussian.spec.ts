import fc from 'fast-check';
import { Arena } from '../../../../../lib/arena.ts';
import { SquashedGaussian } from '../../../../../lib/engine/tensorflow/sac/squashedGaussian.ts';
import { forEachDevice } from '../../../../golden/engines.ts';
import { assertClose } from '../../../../golden/golden.ts';

const low = [-1, 0.5];
const high = [3, 1];
const SIZE = low.length;

/** A sample of each: μ, z, ε, and the gradients of a loss by the actions and by log π. */
const samples = fc.array(
  fc.record({
    // tanh is 1 in a float32 from 9 on.
    means: pairs(12),
    deviations: pairs(3),
    noise: pairs(4),
    dActions: pairs(2),
    dLogProb: fc.float({ min: -2, max: 2, noNaN: true }),
  }),
  { minLength: 1, maxLength: 20 },
);
type Samples = typeof samples extends fc.Arbitrary<infer T> ? T : never;

function pairs(most: number) {
  return fc.tuple(...low.map(() => fc.float({ min: -most, max: most, noNaN: true })));
}

/** The kernels' answer: actions and log π, and the gradients by μ and z, sample by sample. */
function byKernels(data: Samples) {
  const arena = new Arena(2 ** 20, { deterministic: true });
  const { kernels } = arena;
  const [block, stride] = [kernels.rows() * kernels.stride(), kernels.stride()];
  const columns = arena.take({
    ...{ outputs: ['f32', block], noise: ['f32', block], actions: ['f32', block], dActions: ['f32', block] },
    ...{
      none: ['f32', block],
      logProbs: ['f32', block],
      dOutputs: ['f32', block],
      ranges: ['f32', 4 * SIZE],
    },
  });
  const { outputs, noise, actions, dActions, none, logProbs, dOutputs, ranges } = columns;
  low.forEach((least, k) => {
    const most = high[k];
    for (const [row, value] of [(most - least) / 2, (most + least) / 2, least, most].entries())
      ranges[row * SIZE + k] = value;
  });
  data.forEach((sample, s) => {
    for (let k = 0; k < SIZE; k++) {
      outputs[k * stride + s] = sample.means[k];
      outputs[(SIZE + k) * stride + s] = sample.deviations[k];
      noise[k * stride + s] = sample.noise[k];
      dActions[k * stride + s] = sample.dActions[k];
    }
  });
  const n = data.length;
  const [at, ofNoise] = [outputs.byteOffset, noise.byteOffset];
  kernels.squashedSample(at, ofNoise, n, SIZE, ranges.byteOffset, actions.byteOffset, logProbs.byteOffset);
  const gradients = data.map(({ dLogProb }, s) => {
    // The kernel has one weight of log π for all samples.
    const [from, to] = [dActions.byteOffset, dOutputs.byteOffset];
    kernels.squashedBackward(at, ofNoise, n, SIZE, ranges.byteOffset, from, none.byteOffset, dLogProb, to);
    return [0, 1, 2, 3].map((k) => dOutputs[k * stride + s]);
  });
  return {
    actions: data.flatMap((_, s) => [0, 1].map((k) => actions[k * stride + s])),
    logProbs: data.map((_, s) => logProbs[s]),
    dMeans: gradients.flatMap((g) => g.slice(0, SIZE)),
    dDeviations: gradients.flatMap((g) => g.slice(SIZE)),
  };
}

describe('SquashedGaussian', function () {
  this.timeout(60_000);
  forEachDevice((_, device) => {
    it('has the actions, log-probabilities and gradients of the kernels, saturated or not', async () => {
      const own = new SquashedGaussian(device(), { low, high });
      await fc.assert(
        fc.asyncProperty(samples, async (data) => {
          const { tf } = device();
          const rows = (name: 'means' | 'deviations' | 'noise' | 'dActions') =>
            tf.tensor2d(
              data.flatMap((sample) => sample[name] as number[]),
              [data.length, SIZE],
            );
          const numbers = device().tidy(() => {
            const noise = rows('noise');
            const dActions = rows('dActions');
            const dLogProbs = tf.tensor1d(data.map(({ dLogProb }) => dLogProb));
            const { actions, logProbs } = own.sample(rows('means'), rows('deviations'), noise);
            const gradients = tf.grads((means, deviations) => {
              const sampled = own.sample(means as typeof noise, deviations as typeof noise, noise);
              const ofActions = tf.sum(tf.mul(sampled.actions, dActions));
              return tf.add(ofActions, tf.sum(tf.mul(sampled.logProbs, dLogProbs)));
            })([rows('means'), rows('deviations')]);
            return tf.concat([actions, logProbs, ...gradients].map((part) => tf.reshape(part, [-1])));
          });
          const read = await device().read(numbers);
          const { actions, logProbs, dMeans, dDeviations } = byKernels(data);
          let from = 0;
          for (const [name, expected] of Object.entries({ actions, logProbs, dMeans, dDeviations })) {
            // A gradient is the sum of what comes of actions and of log π: no digits but theirs are to be had.
            const scale = Math.max(1, ...expected.map(Math.abs));
            assertClose(read.subarray(from, from + expected.length), expected, 2e-5, name, scale);
            from += expected.length;
          }
        }),
        { numRuns: 30 },
      );
      own.dispose();
    });
  });
});
