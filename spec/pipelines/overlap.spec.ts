import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, of, pipe, tap, toArray } from 'rxjs';
import { cartPole } from '../../envs/cartPole.ts';
import { memory } from '../../envs/memory.ts';
import { mine } from '../../envs/mine.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/checkpoint.ts';
import { configure, type PartialConfig } from '../../lib/config.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { CheckpointError, ConfigError, EnvError } from '../../lib/errors.ts';
import type { Batch, Rollout } from '../../lib/records.ts';
import {
  bootstrap,
  collect,
  gae,
  infer,
  minibatches,
  observe,
  optimize,
  perKind,
  stepEnv,
  update,
} from '../../operators/index.ts';
import { openNouns } from '../../pipelines/openNouns.ts';
import { openRun, type Run, type RunMetrics } from '../../pipelines/openRun.ts';
import { ppo, ppoSchema } from '../../pipelines/ppo.ts';
import { throwing } from '../fixtures/throwing.ts';

const module = new URL('../fixtures/throwing.ts', import.meta.url).href;

type Changes = PartialConfig<typeof ppoSchema>;

const changes: Changes = {
  numEnvs: 6,
  numSteps: 16,
  totalSteps: 700,
  network: { hidden: [8] },
  learningRate: { from: 0.01, to: 0 },
  overlap: true,
};

const settings = fc.record({
  env: fc.constantFrom<AnyEnv>(cartPole, memory, mine),
  workers: fc.integer({ min: 1, max: 3 }),
  autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
  seed: fc.nat(1e6),
});

/** Trains for a number of iterations, or to the end. */
async function iterate(run: Run, iterations = Number.POSITIVE_INFINITY): Promise<readonly RunMetrics[]> {
  let left = iterations;
  const stopping = tap<RunMetrics>(() => {
    if (--left <= 0) run.stop();
  });
  return await lastValueFrom(run.metrics.pipe(stopping, toArray()));
}

/** What overlapped collection comes to: step by step, one thing after another. */
async function sequential(env: AnyEnv, own: Changes): Promise<Float32Array[]> {
  const config = configure(ppoSchema, own);
  const { envs, kinds, policies } = openNouns(env, config, { composed: true });
  const play = () =>
    new Promise<Batch<Rollout>>((resolve) =>
      observe(envs)
        .pipe(
          perKind(kinds, ({ agent }) => infer(agent)),
          stepEnv(envs),
          perKind(kinds, ({ ring }) => collect(ring)),
        )
        .subscribe(resolve),
    );
  for (const [p, { network, acting }] of policies.entries()) {
    network.initialize(config.seed, p);
    acting.initialize(config.seed, p);
  }
  for (let rollout: Batch<Rollout> | undefined = await play(); rollout; ) {
    const goOn = envs.steps < config.totalSteps;
    const before = policies.map(({ network }) => network.tensors());
    const learned = of(rollout).pipe(
      perKind(kinds, ({ agent }) => pipe(bootstrap(agent), gae(config))),
      perKind(kinds, ({ learner }) => update(minibatches(config), optimize(learner))),
    );
    await lastValueFrom(learned);
    for (const [p, { acting }] of policies.entries()) acting.load(before[p]);
    rollout = goOn ? await play() : undefined;
  }
  return policies.map(({ network }) => network.parameters.slice());
}

describe('overlap', function () {
  this.timeout(60_000);

  it('collects by the weights from before the update, whatever the number of workers', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async ({ env, workers, ...own }) => {
        const config = { ...changes, ...own };
        const expected = await sequential(env, config);
        for (const size of new Set([1, workers])) {
          const run = await openRun(env, ppo, config, {
            workers: size,
            development: true,
            // Then the calling thread only waits.
            stepTimeout: size === 3 ? 10_000 : undefined,
          });
          try {
            const seen = await iterate(run);
            assert.deepEqual(
              seen.map(({ staleness }) => staleness),
              seen.map((_, i) => +(i > 0)),
            );
            assert.ok((seen.at(-1)?.steps ?? 0) >= 700 && (seen.at(-2)?.steps ?? 0) < 700);
            assert.equal(run.envs.steps, seen.at(-1)?.steps);
            const own = Object.values(run.agent.policies).map(({ weights }) => weights);
            const networks = openNouns(env, run.config).policies;
            for (const [p, { network }] of networks.entries()) {
              network.load(own[p]);
              assert.deepEqual(network.parameters, expected[p]);
            }
          } finally {
            run.close();
          }
        }
      }),
      { numRuns: 5 },
    );
  });

  it('goes on from a checkpoint as if it had never stopped, with the rollout that was waiting', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.integer({ min: 1, max: 2 }), async ({ env, workers, ...own }, n) => {
        const config = { ...changes, ...own };
        const whole = await openRun(env, ppo, config);
        await iterate(whole);
        const first = await openRun(env, ppo, config);
        await iterate(first, n);
        const second = await openRun(env, ppo, first.save(), { workers });
        try {
          assert.deepEqual(second.save(), first.save());
          await iterate(second);
          assert.deepEqual(second.save(), whole.save());
          const plain = openRun(env, ppo, first.save(), { config: { overlap: false } });
          await assert.rejects(plain, CheckpointError);
        } finally {
          second.close();
        }
      }),
      { numRuns: 5 },
    );
  });

  it('refuses a waiting rollout that nobody can have played', async () => {
    const run = await openRun(cartPole, ppo, changes);
    await iterate(run, 1);
    const { tensors, values } = decodeCheckpoint(run.save());
    const opened = (name: string, at: number, value: number) => {
      const tensor = tensors[name];
      const data = tensor.data.slice();
      data[at] = value;
      return openRun(
        cartPole,
        ppo,
        encodeCheckpoint({ tensors: { ...tensors, [name]: { ...tensor, data } }, values }),
      );
    };
    await assert.rejects(opened('ahead.rollout.agent.actions', 7, 2), /agent: row 7: action: .* got 2/);
    await assert.rejects(
      opened('ahead.rollout.agent.values', 3, Number.NaN),
      /values\[3\]: expected a finite/,
    );
    (await opened('ahead.rollout.agent.actions', 7, 1)).close();
  });

  it('ends with the error of an env in the rollout that was to follow', async () => {
    for (const workers of [1, 2]) {
      const run = await openRun(throwing, ppo, { ...changes, totalSteps: 1e5 }, { workers, module });
      try {
        await assert.rejects(iterate(run), (error) => {
          assert.ok(error instanceof EnvError);
          assert.match(error.message, /Throwing-v0, env.* step \d+: the door fell off/);
          return true;
        });
        assert.throws(() => run.save(), /the last iteration failed/);
      } finally {
        run.close();
      }
    }
  });

  it('is not there unless it is asked for, and refuses to go step by step', async () => {
    const plain = await openRun(cartPole, ppo, { ...changes, overlap: false });
    assert.equal((await iterate(plain, 2)).at(-1)?.staleness, undefined);
    const composed = await openRun(cartPole, ppo, changes, { composed: true });
    await assert.rejects(iterate(composed), ConfigError);
  });
});
