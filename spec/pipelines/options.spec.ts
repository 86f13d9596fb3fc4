import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole, memory, mine, pair, taxi } from '../../envs/index.ts';
import type { PartialConfig } from '../../lib/config.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { appo } from '../../pipelines/appo.ts';
import type { AnyPipeline } from '../../pipelines/pipeline.ts';
import { ppo, type ppoSchema } from '../../pipelines/ppo.ts';
import { sac } from '../../pipelines/sac.ts';
import type { sacSchema } from '../../pipelines/sacSchema.ts';
import { herd, rover, wander } from '../fixtures/worlds.ts';
import { iterate } from './iterations.ts';
import { spot, swing } from './worlds.ts';

type Changes = PartialConfig<typeof ppoSchema>;

interface Variant {
  readonly pipeline?: AnyPipeline;
  readonly envs: readonly AnyEnv[];
  /** What an option's bits may depend on is drawn from these. */
  readonly config: fc.Arbitrary<object>;
}

const small = { numSteps: 9, numMinibatches: 2, updateEpochs: 2, network: { hidden: [8] } } satisfies Changes;
const sizes = { seed: fc.nat(), numEnvs: fc.constantFrom(1, 3, 130) };
const autoreset = fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const);

/** PPO with some options, in both forms of autoreset unless it is said which. */
function ppoWith(envs: readonly AnyEnv[], options: Changes | fc.Arbitrary<Changes>): Variant {
  const own = 'generate' in options ? options : fc.constant(options);
  const config = fc.record({ ...sizes, autoreset }).chain((how) =>
    own.map((changes) => ({
      ...{ ...small, ...how, ...changes },
      network: { ...small.network, ...changes.network },
    })),
  );
  return { envs, config };
}

const remembering = (kind: 'lstm' | 'gru' | 'minGru', layers = 1): Changes => ({
  autoreset: 'NEXT_STEP',
  network: { shared: true, memory: { kind, units: kind === 'minGru' ? 8 : 5, layers } },
});
const memories = fc.constantFrom(remembering('lstm'), remembering('gru'), remembering('minGru', 2));
const normalising: Changes = { normalizeRewards: true, network: { normalizeObservations: true } };
const both = (a: Changes, b: Changes): Changes => ({ ...a, ...b, network: { ...a.network, ...b.network } });

const sacWith = (changes: PartialConfig<typeof sacSchema>): Variant => ({
  pipeline: sac,
  envs: [swing],
  config: fc.record({ seed: fc.nat(), numEnvs: fc.constantFrom(1, 3), autoreset }).map((how) => ({
    ...{ learningStarts: 8, batchSize: 130, bufferSize: 60, trainFrequency: 3, gradientSteps: 2 },
    ...{ network: { hidden: [8, 8] }, ...how, ...changes },
  })),
});

const variants: Record<string, Variant> = {
  'memories, where agents come and go too': ppoWith([cartPole, memory, rover, herd, mine], memories),
  'Gaussian policies': ppoWith(
    [swing, herd],
    fc.boolean().map((stateDependentStd) => ({ network: { stateDependentStd } })),
  ),
  'gSDE, with and without a memory': ppoWith(
    [swing],
    fc
      .record({
        remembers: fc.oneof(fc.constant<Changes>({}), memories),
        sdeSampleFreq: fc.constantFrom(1, 4, 7),
      })
      .map(({ remembers, sdeSampleFreq }) =>
        both(remembers, { network: { exploration: 'gsde', sdeSampleFreq } }),
      ),
  ),
  'what is seen and paid normalised': ppoWith([wander, rover, herd, pair], normalising),
  'layer norm': ppoWith([wander, taxi], { network: { layerNorm: true } }),
  convolutions: ppoWith(
    [spot],
    fc.constantFrom<Changes>(
      { network: { convolutions: [{ channels: 3, kernel: 4, stride: 2 }] } },
      both(remembering('gru'), { network: { convolutions: [{ channels: 3, kernel: 4, stride: 2 }] } }),
    ),
  ),
  'V-trace anew for each minibatch, drawn by priority': ppoWith(
    [wander, taxi, herd],
    fc
      .record({
        advantage: fc.constantFrom('gae', 'vtrace'),
        refresh: fc.boolean(),
        alpha: fc.constantFrom(0, 0.8),
      })
      .map(
        ({ alpha, ...own }) =>
          ({ ...own, prioritized: { alpha }, numSteps: 33, learningRate: 0.01 }) as Changes,
      ),
  ),
  'the same with a memory': ppoWith(
    [memory, herd],
    memories.map((remembers) =>
      both(remembers, {
        advantage: 'vtrace',
        refresh: true,
        prioritized: { alpha: 0.8 },
        learningRate: 0.01,
      }),
    ),
  ),
  'a penalty on KL, a stop by it, and dual clip': ppoWith([wander, herd], {
    ...{ klCoef: 0.3, klTarget: 1e-3, targetKl: 2e-3, dualClip: 1.5, learningRate: 0.01 },
  }),
  'overlap, with memories and all normalised': ppoWith(
    [cartPole, memory, rover, herd],
    memories.map((remembers) => both(both(remembers, normalising), { overlap: true })),
  ),
  'APPO, which judges what older weights did': {
    pipeline: appo,
    ...ppoWith(
      [memory, herd],
      memories.map((remembers) => both(remembers, { overlap: true, refresh: true, learningRate: 0.01 })),
    ),
  },
  SAC: sacWith({}),
  'SAC by priority, with 3-step returns': sacWith({ prioritized: true, nStep: 3, noisePeriod: 4 }),
};

const how = fc.record({ workers: fc.integer({ min: 1, max: 3 }), composed: fc.boolean() });

describe('options', function () {
  this.timeout(60_000);

  for (const [name, { pipeline = ppo, envs, config }] of Object.entries(variants)) {
    it(`have the same bits however they run, and however often they stop: ${name}`, () => {
      const env = fc.constantFrom(...envs);
      return fc.assert(
        fc.asyncProperty(env, config, how, how, async (env, given, one, other) => {
          // Overlapped rollouts are never composed.
          const composed = !('overlap' in given);
          const expected = await iterate(env, pipeline, given, 3, { composed });
          const { saved } = await iterate(env, pipeline, given, 1, {
            ...one,
            composed: one.composed && composed,
          });
          const rest = await iterate(env, pipeline, saved, 2, {
            ...other,
            composed: other.composed && composed,
          });
          assert.deepEqual(rest, { ...expected, metrics: expected.metrics.slice(1) });
        }),
        { numRuns: 2, interruptAfterTimeLimit: 20_000 },
      );
    });
  }
});
