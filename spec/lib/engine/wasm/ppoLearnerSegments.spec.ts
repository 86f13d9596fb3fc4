import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, of } from 'rxjs';
import { configure, type PartialConfig } from '../../../../lib/config.ts';
import type { AnyEnv } from '../../../../lib/env/env.ts';
import type { Tensor } from '../../../../lib/nouns.ts';
import type { Estimate, Minibatch, Rollout } from '../../../../lib/records.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { bootstrap, gae, minibatches, segments } from '../../../../operators/index.ts';
import { openNouns } from '../../../../pipelines/openNouns.ts';
import { ppoSchema } from '../../../../pipelines/ppo.ts';
import { wander } from '../../../fakes/envs.ts';
import { rover } from '../../../fixtures/worlds.ts';
import { spot, swing } from '../../../pipelines/worlds.ts';
import { noise } from './reference.ts';

type Changes = PartialConfig<typeof ppoSchema>;

/** Updates change nothing, and nothing is clipped. */
const still: Changes = {
  ...{ numEnvs: 6, numSteps: 24, numMinibatches: 1, updateEpochs: 1, learningRate: 0, entCoef: 0.1 },
  ...{ clipCoef: 10, clipVloss: false, refresh: true },
  network: { hidden: [8], shared: true, gains: { policy: 1 } },
};

/** A rollout with its estimate, and what learns from it. */
async function play(changes: Changes, seed: number, env: AnyEnv = wander) {
  const config = configure(ppoSchema, changes, configure(ppoSchema, { ...still, seed }));
  const nouns = openNouns(env, config);
  const { agent, policy } = nouns.kinds.agent;
  policy.network.initialize(seed);
  const rollout = immediate(nouns.fused?.collect(() => {}) as Rollout);
  const estimate = await lastValueFrom(of(rollout).pipe(bootstrap(agent), gae(config)));
  const draw = segments({ ...config, refresh: undefined, prioritized: undefined });
  /** One update on all segments. */
  const update = () => {
    const { value } = draw(estimate).next({});
    const losses = immediate(policy.learner.update(value as Minibatch<Estimate>));
    return { losses, gradients: policy.learner.gradients };
  };
  return { config, estimate, update, learner: policy.learner, network: policy.network };
}

const seeds = fc.nat(1e6);
const memories = fc.constantFrom<Changes>(
  ...(['lstm', 'gru', 'minGru'] as const).map(
    (kind): Changes => ({ network: { memory: { kind, units: kind === 'minGru' ? 8 : 5 } } }),
  ),
);

/** A network of every kind of part, with what it may be tried on. */
const networks = fc.oneof(
  memories.map((memory) => [wander, memory] as const),
  fc.boolean().map((stateDependentStd) => [swing, { network: { stateDependentStd } }] as const),
  memories.map(({ network }) => [swing, { network: { ...network, layerNorm: true } }] as const),
  fc
    .constantFrom<Changes>(
      { network: { hidden: [] } },
      {},
      { network: { memory: { kind: 'gru', units: 5 } } },
    )
    .map(({ network }) => [swing, { network: { ...network, exploration: 'gsde' } }] as const),
  fc.constantFrom('tanh' as const, 'gelu' as const).map((activation) => {
    const convolutions = [{ channels: 3, kernel: 4, stride: 2 }];
    return [spot, { network: { convolutions, activation, normalizeObservations: true } }] as const;
  }),
);

const flat = (tensors: Record<string, Tensor>) => Object.values(tensors).flatMap(({ data }) => [...data]);
const largest = (numbers: ArrayLike<number>) => Math.max(...Array.from(numbers, Math.abs));

describe('PpoLearner on segments', function () {
  this.timeout(60_000);

  it('is PpoLearner on their transitions where the network has no memory', () =>
    fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom<AnyEnv>(wander, rover), async (seed, env) => {
        const { config, estimate, update, learner } = await play({}, seed, env);
        const { losses, gradients } = update();
        const single = Object.assign(Object.create(estimate), { weights: undefined, ratios: undefined });
        const { value } = minibatches(config)(single).next({});
        const expected = immediate(learner.update(value as Minibatch<Estimate>));
        for (const [name, loss] of Object.entries(expected))
          assert.ok(Math.abs(losses[name] - loss) < 1e-4 * Math.max(1, Math.abs(loss)), name);
        const [a, b] = [flat(gradients), flat(learner.gradients)];
        assert.ok(largest(a.map((g, i) => g - b[i])) < 1e-4 * largest(b));
      }),
      { numRuns: 10 },
    ));

  it('finds what acted: probabilities and values are as they were, and others if memories leak', () =>
    fc.assert(
      fc.asyncProperty(memories, seeds, fc.constantFrom<AnyEnv>(wander, rover), async (memory, seed, env) => {
        const { estimate, update } = await play(memory, seed, env);
        const { values, masks, rows, ratios = new Float32Array(0) } = estimate;
        const before = values.slice();
        update();
        assert.ok(largest(ratios.map((ratio) => ratio - 1)) < 1e-4);
        assert.ok(largest(before.map((value, i) => value - values[i])) < 1e-4);
        const ends = Array.from(masks, (mask, i) => +(mask === 0 && i + rows < masks.length));
        fc.pre(ends.includes(1));
        // Whoever carried over from reset rows would value what follows differently.
        masks.fill(1);
        update();
        const changed = Array.from(before, (value, i) => Math.abs(value - values[i]) > 1e-4);
        assert.ok(changed.includes(true));
        const from = Array.from({ length: rows }, (_, row) => {
          const first = ends.findIndex((end, i) => end === 1 && i % rows === row);
          return first < 0 ? Number.POSITIVE_INFINITY : first;
        });
        for (const [i, differs] of changed.entries()) if (differs) assert.ok(i > from[i % rows]);
      }),
      { numRuns: 10 },
    ));

  it('has the gradient that differences of its loss have, over ends of episodes', () =>
    fc.assert(
      fc.asyncProperty(networks, seeds, async ([env, changes], seed) => {
        const { network, update } = await play(changes, seed, env);
        const { gradients } = update();
        const { 'observations.mean': mean, 'observations.scale': scale, ...weights } = network.tensors();
        const normal = mean && { 'observations.mean': mean, 'observations.scale': scale };
        // The deviations of gSDE depend on the features, which no gradient is told of: below the heads nothing moves.
        const { exploration, hidden } = { ...still.network, ...changes.network };
        const isHeld = exploration === 'gsde' && hidden?.length !== 0;
        const moves = Object.entries(gradients).flatMap(([name, { data }]) =>
          Array.from(data, () => +(!isHeld || /^(policy|value|logStd)/.test(name))),
        );
        const gradient = flat(gradients).map((g, i) => moves[i] * g);
        const length = Math.hypot(...gradient);
        // Along the gradient, and in two other directions that see more of single weights.
        const next = noise(seed);
        for (const share of [1, 0.3, 0]) {
          const direction = gradient.map(
            (g, i) => share * g + moves[i] * (1 - share) * length * 0.3 * next(),
          );
          const size = Math.hypot(...direction);
          const lossAt = (h: number) => {
            let i = 0;
            const moved = Object.entries(weights).map(([name, { shape, data }]) => {
              const own = Float32Array.from(data, (w) => w + (h * direction[i++]) / size);
              return [name, { shape, data: own }] as const;
            });
            network.load({ ...Object.fromEntries(moved), ...normal });
            return update().losses.loss;
          };
          const h = 4e-3;
          const slope = (lossAt(h) - lossAt(-h)) / (2 * h);
          const expected = direction.reduce((sum, d, i) => sum + (d * gradient[i]) / size, 0);
          assert.ok(
            Math.abs(slope - expected) < 0.01 * length,
            `slope ${slope}, expected ${expected} of ${length}`,
          );
        }
      }),
      { numRuns: 30 },
    ));

  it('does not see what weighs 0, nor across an end of an episode', () =>
    fc.assert(
      fc.asyncProperty(memories, seeds, fc.constantFrom<AnyEnv>(wander, rover), async (memory, seed, env) => {
        const { estimate, update } = await play({ ...memory, refresh: false }, seed, env);
        const { masks, observations, actions, logProbs, values, advantages, returns } = estimate;
        const { losses, gradients } = update();
        const width = observations.length / masks.length;
        for (const [i, mask] of masks.entries()) {
          if (mask === 1) continue;
          const other = Array.from(masks.keys()).find((j) => masks[j] === 1) as number;
          observations.copyWithin(i * width, other * width, (other + 1) * width);
          const size = actions.length / masks.length;
          actions.copyWithin(i * size, other * size, (other + 1) * size);
          for (const column of [logProbs, values, advantages, returns]) column[i] = -7;
        }
        assert.deepEqual(update(), { losses, gradients });
      }),
      { numRuns: 10 },
    ));

  it('writes what became of probabilities and values, once, however often a row is drawn', () =>
    fc.assert(
      fc.asyncProperty(memories, fc.boolean(), seeds, async (memory, remembers, seed) => {
        // Values are clipped, and what is normalised depends on how many there are.
        const clipped = { numEnvs: 320, clipCoef: 0.05, clipVloss: true, normAdv: false, learningRate: 0.05 };
        const learned = async (drawn: readonly number[]) => {
          const { estimate, learner } = await play({ ...(remembers ? memory : {}), ...clipped }, seed);
          const { steps, rows, order, weights, masks, ratios, values } = estimate;
          weights?.set(masks);
          const learn = (drawn: readonly number[]) => {
            const indices: number[] = [];
            for (let from = 0; from < drawn.length; from += 128)
              for (let t = 0; t < steps; t++)
                indices.push(...drawn.slice(from, from + 128).map((row) => t * rows + row));
            order.set(indices);
            const of = { kind: 'minibatch' as const, columns: estimate, steps };
            return immediate(learner.update({ ...of, indices: order.subarray(0, indices.length) }));
          };
          const own = (column?: Float32Array) => column?.filter((_, i) => i % rows === 1);
          learn([1, 3]);
          assert.ok(
            ratios?.every((ratio, i) => [1, 3].includes(i % rows) || ratio === 1),
            'rows that were not drawn',
          );
          const { valueLoss, policyLoss, approxKl } = learn(drawn);
          assert.ok(approxKl > 1e-5, 'the first update has moved the policy');
          return { ratios: own(ratios), values: own(values), losses: [valueLoss, policyLoss] };
        };
        const once = await learned([1]);
        const often = await learned(new Array(300).fill(1));
        assert.deepEqual([often.ratios, often.values], [once.ratios, once.values]);
        for (const [k, loss] of once.losses.entries())
          assert.ok(Math.abs(often.losses[k] - loss) < 1e-5, `${often.losses[k]}, expected ${loss}`);
      }),
      { numRuns: 5 },
    ));
});
