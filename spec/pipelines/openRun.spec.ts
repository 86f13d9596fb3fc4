import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, take, takeWhile, toArray } from 'rxjs';
import { corridor } from '../../envs/corridor.ts';
import { policyOf, readAgent } from '../../lib/agentFile.ts';
import type { PartialConfig } from '../../lib/config.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { CheckpointError, ConfigError, DivergenceError, EnvError } from '../../lib/errors.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { openRun, type Run } from '../../pipelines/openRun.ts';
import { pipeline } from '../../pipelines/pipeline.ts';
import { ppo, type ppoSchema } from '../../pipelines/ppo.ts';
import { tuned } from '../../pipelines/tuned.ts';
import { faulty, wander } from '../fakes/envs.ts';

type Options = PartialConfig<typeof ppoSchema>;

const small: Options = {
  totalSteps: 2000,
  numEnvs: 3,
  numSteps: 9,
  numMinibatches: 2,
  updateEpochs: 2,
  network: { hidden: [8] },
};

/** Trains for a number of iterations, or to the end. */
async function iterate(run: Run, iterations = Number.POSITIVE_INFINITY): Promise<void> {
  let left = iterations;
  const seen = run.metrics.pipe(
    takeWhile(() => {
      if (--left <= 0) run.stop();
      return true;
    }),
    toArray(),
  );
  await lastValueFrom(seen);
}

async function trained(env: AnyEnv, options: Options, iterations?: number): Promise<Run> {
  const run = await openRun(env, ppo, options);
  await iterate(run, iterations);
  return run;
}

describe('openRun', () => {
  it('gives the same bits for the same seed, and others for another', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => trained(wander, { ...small, seed }, 10)));
    assert.equal(a.weightsSha256(), b.weightsSha256());
    assert.deepEqual(a.save(), b.save());
    assert.notEqual(a.weightsSha256(), c.weightsSha256());
  });

  it('continues after stop, save and open as if it had never stopped, bit for bit', async () => {
    const settings = fc.record({
      numEnvs: fc.integer({ min: 1, max: 5 }),
      numSteps: fc.integer({ min: 1, max: 12 }),
      autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
      deterministic: fc.boolean(),
      network: fc.constantFrom<Options['network']>(
        { hidden: [8] },
        { hidden: [6, 5], activation: 'gelu', shared: true },
        { hidden: [], activation: 'relu' },
      ),
      seed: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
    });
    const iterations = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(settings, iterations, async (chosen, n) => {
        const options = { ...small, ...chosen };
        const whole = await trained(wander, options, 2 * n);
        const first = await trained(wander, options, n);
        const second = await openRun(wander, ppo, first.save());
        assert.deepEqual(second.save(), first.save());
        await iterate(second, n);
        assert.equal(second.weightsSha256(), whole.weightsSha256());
        assert.deepEqual(second.save(), whole.save());
      }),
      { numRuns: 40 },
    );
  });

  it('goes on where it stopped when it is subscribed to again', async () => {
    const whole = await trained(wander, small, 8);
    const parts = await trained(wander, small, 3);
    await iterate(parts, 5);
    assert.deepEqual(parts.save(), whole.save());
  });

  it('changes of a checkpoint’s configuration are taken, and named when they do not fit', async () => {
    const run = await trained(wander, small, 2);
    const longer = await openRun(wander, ppo, run.save(), { config: { totalSteps: 2500 } });
    assert.equal(longer.config.totalSteps, 2500);
    assert.equal(longer.config.numEnvs, 3);
    await assert.rejects(openRun(wander, ppo, run.save(), { config: { numEnvs: 4 } }), CheckpointError);
  });

  it('ends after totalSteps, counting real transitions only', async () => {
    const run = await openRun(wander, ppo, small);
    const seen = await lastValueFrom(run.metrics.pipe(toArray()));
    const steps = seen.map((metrics) => metrics.steps);
    const perIteration = (small.numEnvs ?? 0) * (small.numSteps ?? 0);
    assert.ok(steps.at(-1)! >= 2000 && steps.at(-2)! < 2000);
    // Episodes of about four steps: a reset row after each of them.
    assert.ok(steps.at(-1)! < 0.9 * seen.length * perIteration);
    assert.deepEqual(
      seen.map(({ iteration }) => iteration),
      seen.map((_, i) => i + 1),
    );
  });

  it('shares one training between its subscribers', async () => {
    const run = await openRun(wander, ppo, small);
    const counts = await Promise.all(
      [run.metrics, run.metrics].map((m) => lastValueFrom(m.pipe(take(4), toArray()))),
    );
    assert.deepEqual(counts[0], counts[1]);
  });

  it('cannot be run once it is closed', async () => {
    const run = await openRun(wander, ppo, small);
    run.close();
    await assert.rejects(lastValueFrom(run.metrics), /closed/);
  });

  it('names what is wrong with a configuration', async () => {
    await assert.rejects(openRun(wander, ppo, { learningrate: 1 } as Options), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /unknown key learningrate; did you mean learningRate\?/);
      return true;
    });
    await assert.rejects(
      openRun(wander, ppo, { gamma: 2 }),
      /config gamma: expected a number in \[0, 1\], got 2/,
    );
  });

  it('refuses a checkpoint of another env or pipeline', async () => {
    const bytes = (await trained(wander, small, 1)).save();
    await assert.rejects(
      openRun(corridor, ppo, bytes),
      /expected a run on Corridor-v0, got one on Wander-v0/,
    );
    const other = pipeline('other', ppo.schema, ppo.graph);
    await assert.rejects(openRun(wander, other, bytes), /expected a run of other, got one of ppo/);
  });

  it('ends with the env’s error, names row and step; its agent can still be saved', async () => {
    const faults = ['throws', 'NaN observation', 'NaN reward', 'out of bounds'] as const;
    for (const fault of faults) {
      const run = await openRun(faulty(fault, 24), ppo, small);
      await assert.rejects(iterate(run), (error: Error) => {
        assert.ok(error instanceof EnvError, String(error));
        assert.equal(error.env, 'Faulty-v0');
        assert.equal(error.row, fault === 'throws' ? undefined : 1);
        return true;
      });
      assert.equal(run.envs.scores.episodes, 0);
      assert.throws(() => run.save(), /the last iteration failed halfway/);
      assert.deepEqual(policyOf(readAgent(run.saveAgent())).weights, policyOf(run.agent).weights);
    }
  });

  it('stops before the weights are spoilt when the loss is no longer finite', async () => {
    const run = await openRun(faulty('huge reward', 15), ppo, { ...small, normAdv: false });
    let good = '';
    const seen = new Promise((resolve, reject) => {
      run.metrics.subscribe({
        next: () => {
          good = run.weightsSha256();
        },
        error: reject,
        complete: () => resolve(undefined),
      });
    });
    await assert.rejects(seen, DivergenceError);
    assert.ok(good.length === 64);
    for (const { data } of Object.values(policyOf(run.agent).weights)) assert.ok(data.every(Number.isFinite));
  });

  it('checks ownership in development mode, and computes the same', async () => {
    const checked = await openRun(wander, ppo, small, { development: true });
    await iterate(checked, 5);
    assert.deepEqual(checked.save(), (await trained(wander, small, 5)).save());
  });

  it('learns the corridor', async function () {
    this.timeout(60_000);
    const run = await trained(corridor, { ...tuned['Corridor-v0'].ppo, totalSteps: 30_000 });
    assert.ok(evaluate(corridor, run.agent, { episodes: 100, seed: 7 }).meanReturn >= 0.9);
  });
});
