import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, of } from 'rxjs';
import { configure, type PartialConfig } from '../../../../lib/config.ts';
import { SpecPolicy } from '../../../../lib/engine/tensorflow/specPolicy.ts';
import { TfPpoLearner } from '../../../../lib/engine/tensorflow/tfPpoLearner.ts';
import type { AnyEnv } from '../../../../lib/env/env.ts';
import type { Tensor } from '../../../../lib/nouns.ts';
import type { Estimate, Losses, Minibatch, Rollout } from '../../../../lib/records.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { bootstrap, gae, segments } from '../../../../operators/index.ts';
import { openNouns } from '../../../../pipelines/openNouns.ts';
import { ppoSchema } from '../../../../pipelines/ppo.ts';
import { wander } from '../../../fakes/envs.ts';
import { rover } from '../../../fixtures/worlds.ts';
import { forEachDevice } from '../../../golden/engines.ts';
import { assertClose } from '../../../golden/golden.ts';
import { swing } from '../../../pipelines/worlds.ts';
import { noise } from '../wasm/reference.ts';

type Changes = PartialConfig<typeof ppoSchema>;

/** What is learned is not what acted: ratios and values are clipped. */
const base: Changes = {
  ...{ numEnvs: 6, numSteps: 24, numMinibatches: 1, updateEpochs: 1, learningRate: 1e-3, entCoef: 0.1 },
  ...{ clipCoef: 0.05, clipVloss: true, refresh: true },
};

/** A network with a memory, its weights as they act and as they learn, and a minibatch of all segments of a rollout. */
async function play(network: Changes['network'], seed: number, env: AnyEnv) {
  const config = configure(ppoSchema, { network }, configure(ppoSchema, { ...base, seed }));
  const nouns = openNouns(env, config);
  const { agent, policy } = nouns.kinds.agent;
  policy.network.initialize(seed);
  const rollout = immediate(nouns.fused?.collect(() => {}) as Rollout);
  const estimate = await lastValueFrom(of(rollout).pipe(bootstrap(agent), gae(config)));
  const next = noise(seed);
  const moved = Object.entries(policy.network.tensors()).map(([name, { shape, data }]) => {
    const tensor: Tensor = { shape, data: Float32Array.from(data, (w) => w + 0.2 * next()) };
    return [name, tensor] as const;
  });
  const draw = segments({ ...config, refresh: undefined, prioritized: undefined });
  const minibatch = draw(estimate).next({}).value as Minibatch<Estimate>;
  return { ...{ config, estimate, minibatch }, ...policy, weights: Object.fromEntries(moved) };
}

const networks = fc.record({
  memory: fc.constantFrom(
    ...(['lstm', 'gru', 'minGru'] as const).map((kind) => ({ kind, units: kind === 'minGru' ? 8 : 5 })),
  ),
  ...{ hidden: fc.constant([8]), shared: fc.constant(true), layerNorm: fc.boolean() },
  gains: fc.constant({ policy: 1 }),
});
const updates = 3;

describe('TfPpoLearner on segments', function () {
  this.timeout(240_000);

  forEachDevice(
    (name, device) => {
      it('finds and learns what PpoLearner does, over ends of episodes', () =>
        fc.assert(
          fc.asyncProperty(
            networks,
            fc.nat(1e6),
            fc.constantFrom<AnyEnv>(wander, rover, swing),
            async (changes, seed, env) => {
              const { config, estimate, minibatch, network, learner, weights } = await play(
                changes,
                seed,
                env,
              );
              const { values, ratios = new Float32Array(0) } = estimate;
              const before = values.slice();
              network.load(weights);
              const losses: Losses[] = [];
              for (let k = 0; k < updates; k++) losses.push(immediate(learner.update(minibatch)));
              const expected = {
                ...{ gradients: learner.gradients, weights: network.tensors() },
                ...{ ratios: ratios.slice(), values: values.slice() },
              };
              assert.ok(Math.max(...expected.ratios) > 1.05, 'ratios are clipped');

              network.load(weights);
              values.set(before);
              const policy = new SpecPolicy(device(), network.options);
              const own = new TfPpoLearner(device(), policy, network, config, () => 0);
              for (let k = 0; k < updates; k++) await own.update(minibatch);
              const gradients = flat(await own.gradients());
              const means = await own.publish();
              own.close();
              for (const [part, mean] of Object.entries(means)) {
                const expected = losses.reduce((sum, each) => sum + each[part], 0) / updates;
                assertClose([mean], [expected], 1e-4, part, Math.max(1, Math.abs(expected)));
              }
              assertClose(gradients, flat(expected.gradients), 1e-3, 'gradients');
              assertClose(flat(network.tensors()), flat(expected.weights), 1e-4, 'weights');
              assertClose(ratios, expected.ratios, 1e-4, 'ratios');
              assertClose(values, expected.values, 1e-4, 'values');
            },
          ),
          // A processor that plays a graphics processor takes long for each step.
          { numRuns: name === 'tensorflow:webgpu' ? 1 : 10 },
        ));
    },
    { imitated: false },
  );
});

const flat = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.values(tensors).flatMap(({ data }) => [...data]);
