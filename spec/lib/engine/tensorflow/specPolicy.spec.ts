import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../../../lib/arena.ts';
import { configure } from '../../../../lib/config.ts';
import { Device } from '../../../../lib/engine/tensorflow/device.ts';
import { SpecPolicy } from '../../../../lib/engine/tensorflow/specPolicy.ts';
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '../../../../lib/engine/tensorflow/tf.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import { type ActorCriticOptions, policyOutputs } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from '../../../../lib/engine/wasm/kernels.ts';
import { tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import { networkSchema } from '../../../../lib/network.ts';
import { box } from '../../../../lib/space/box.ts';
import { close, readBlock, writeBlock } from '../wasm/layerHarness.ts';
import { noise, randomTensors, runs } from '../wasm/reference.ts';

const small = fc.integer({ min: 1, max: 9 });
/** Of flat observations, or of images with channels first, last or absent. */
const inputs = fc.oneof(
  small.map((size) => ({ shape: [size], convolutions: [] })),
  fc.record({
    shape: fc.constantFrom([9, 8], [2, 8, 9], [10, 9, 3]),
    convolutions: fc.constantFrom(
      [{ channels: 3, kernel: 3, stride: 2 }],
      [{ channels: 2, kernel: 2, stride: 1 }],
      [
        { channels: 4, kernel: 3, stride: 2 },
        { channels: 3, kernel: 2, stride: 1 },
      ],
      [
        { channels: 2, kernel: 2, stride: 2 },
        { channels: 5, kernel: 3, stride: 2 },
      ],
    ),
  }),
);
const networks: fc.Arbitrary<ActorCriticOptions> = fc
  .record({
    input: inputs,
    action: fc.oneof(
      fc.array(small, { minLength: 1, maxLength: 3 }).map((choices) => ({ choices })),
      small.map((dimensions) => ({ choices: [], dimensions })),
    ),
    hidden: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }),
    activation: fc.constantFrom('tanh' as const, 'relu' as const, 'gelu' as const),
    shared: fc.boolean(),
    layerNorm: fc.boolean(),
    stateDependentStd: fc.boolean(),
    normalizeObservations: fc.boolean(),
  })
  .map(({ input: { shape, convolutions }, action: { choices, ...rest }, hidden, ...own }) => {
    const observation = box(-1, 1, shape);
    // Of few features the deviation may be next to nothing, and what rounding does to it is everything.
    const units = hidden.map((count) => count + (own.layerNorm ? 8 : 0));
    const network = configure(networkSchema, { ...own, hidden: units, convolutions });
    return { ...rest, choices, observation, inputs: observation.size, network };
  });

const problems = fc.record({
  options: networks,
  n: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(2 ** 31),
});

/** What the network of the arena puts out for some observations, and its gradients by given ones of that. */
function computeInArena(options: ActorCriticOptions, n: number, seed: number) {
  const kernels = layoutOf(chooseBuild(false));
  const size = ActorCritic.size(options, kernels);
  const specs = { observations: ['f32', options.inputs * n], gradients: ['f32', size] } as const;
  const arena = new Arena(bytesOf(ActorCritic.columns(options, kernels)) + bytesOf(specs));
  const network = new ActorCritic(options, arena);
  network.load(randomTensors(ActorCritic.shapes(options), seed));
  const { observations, gradients } = arena.take(specs);
  observations.set(Float32Array.from(observations, noise(seed + 1)));
  const [pass] = network.passes;
  const stride = arena.kernels.stride();
  const outputs = policyOutputs(options);
  const block = (pointer: number) => new Float32Array(arena.memory.buffer, pointer);
  pass.forward(observations, 0, 0, n, true);
  const policy = readBlock(block(pass.policy), stride, outputs, n);
  const values = readBlock(block(pass.values), stride, 1, n).flat();
  const next = noise(seed + 2);
  const dPolicy = policy.map((row) => row.map(next));
  const dValues = values.map(next);
  writeBlock(block(pass.dPolicy), stride, dPolicy);
  writeBlock(block(pass.dValues), stride, dValues.map((d) => [d])); // biome-ignore format: one line
  pass.backward(gradients.byteOffset, n);
  return {
    weights: network.tensors(),
    observations: observations.slice(),
    policy,
    values,
    dPolicy,
    dValues,
    gradients: tensorsOf(network.segments, gradients),
  };
}

for (const backend of ['cpu', 'wasm'] as const)
  describe(`SpecPolicy on ${backend}`, () => {
    let device: Device;
    before(async () => {
      device = await Device.open(backend);
    });

    it('puts out what the network of the arena puts out, has its gradients, and leaves no tensor behind', () => {
      const { tf } = device;
      fc.assert(
        fc.property(problems, ({ options, n, seed }) => {
          const expected = computeInArena(options, n, seed);
          const tensors = tf.memory().numTensors;
          const policy = new SpecPolicy(device, options);
          policy.assign(expected.weights);
          const variables = policy.variables.map(([, variable]) => variable);
          const held = tf.memory().numTensors;
          device.tidy(() => {
            const observations = tf.tensor2d(expected.observations, [n, options.inputs]);
            const { value, grads } = tf.variableGrads(() => {
              const outputs = policy.apply(observations);
              check(outputs.policy, expected.policy.flat(), [n, policyOutputs(options)], 'policy');
              check(outputs.values, expected.values, [n], 'values');
              assert.equal(outputs.logStd, policy.variables.find(([name]) => name === 'logStd')?.[1]);
              const products = [
                tf.sum(tf.mul(outputs.policy, tf.tensor2d(expected.dPolicy))),
                tf.sum(tf.mul(outputs.values, tf.tensor1d(expected.dValues))),
                ...(outputs.logStd ? [tf.mul(tf.sum(outputs.logStd), 0)] : []),
              ];
              return tf.addN(products) as Scalar;
            }, variables);
            value.dispose();
            assert.deepEqual(
              policy.variables.map(([name]) => name),
              Object.keys(expected.gradients),
            );
            for (const [name, variable] of policy.variables) {
              const { shape, data } = expected.gradients[name];
              // The sum of as many parts, each with the rounding and the erf of its own engine.
              check(grads[variable.name], data, shape, name, 1e-5 * Math.sqrt(n));
            }
          });
          assert.equal(tf.memory().numTensors, held);
          policy.dispose();
          assert.equal(tf.memory().numTensors, tensors);
        }),
        runs(40),
      );
    });

    it('refuses steps where there is a memory, segments where there is none, and gSDE', () => {
      const { tf } = device;
      const observation = box(-1, 1, [3]);
      const open = (own: object, dimensions?: number) => {
        const network = configure(networkSchema, own);
        return new SpecPolicy(device, { observation, inputs: 3, choices: [2], dimensions, network });
      };
      const [remembers, plain] = [open({ shared: true, memory: { kind: 'gru' } }), open({})];
      device.tidy(() => {
        assert.throws(() => remembers.apply(tf.zeros([1, 3])), /expected whole segments/);
        const [states, keeps] = [tf.zeros([1, 128]), tf.ones([1, 1])] as [Tensor2D, Tensor2D];
        const segments = { observations: tf.zeros([1, 1, 3]) as Tensor3D, states, keeps };
        assert.throws(() => plain.applySegments(segments), /expected a network with a memory/);
      });
      for (const policy of [remembers, plain]) policy.dispose();
      assert.throws(() => open({ exploration: 'gsde' }, 2), /expected independent on a device, got gsde/);
    });
  });

function check(
  actual: Tensor,
  expected: ArrayLike<number>,
  shape: readonly number[],
  what: string,
  tolerance?: number,
): void {
  assert.deepEqual(actual.shape, [...shape], what);
  close(actual.dataSync(), expected, what, tolerance);
}
