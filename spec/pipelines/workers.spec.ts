import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, take, toArray } from 'rxjs';
import { cartPole, mine, pair, taxi } from '../../envs/index.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { platform } from '../../lib/platform.ts';
import { openRun, type RunMetrics } from '../../pipelines/openRun.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { rover, twins } from '../fixtures/worlds.ts';

interface How {
  readonly workers: number;
  readonly composed: boolean;
  readonly stepTimeout?: number;
}

/** A columnar env, a masked one, a simulation, one with several agents, and one with several kinds. */
const envs: readonly AnyEnv[] = [cartPole, taxi, rover, pair, mine];
const how = fc.record({ workers: fc.integer({ min: 1, max: 4 }), composed: fc.boolean() });
const configs = fc.record({
  seed: fc.nat(),
  autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
  numEnvs: fc.constantFrom(1, 3, 130),
  sharePolicies: fc.boolean(),
});
const quick = { numSteps: 9, numMinibatches: 2, updateEpochs: 2, network: { hidden: [8] } };

/** What is told of an iteration, without the times. */
function told({ rolloutTime: _, updateTime: __, seconds: ___, sps: ____, ...metrics }: RunMetrics) {
  return metrics;
}

/** Lets every task take longer than the calling thread waits for it. */
async function withoutPatience<T>(use: () => Promise<T>): Promise<T> {
  const { now } = platform;
  let passed = 0;
  platform.now = () => now() + 1e4 * passed++;
  try {
    return await use();
  } finally {
    platform.now = now;
  }
}

/** Some iterations in so many workers: what was told, the hash of the weights, and the whole run. */
async function iterate(env: AnyEnv, from: object | Uint8Array, count: number, options: How, prompt = true) {
  const run = await openRun(env, ppo, from, options);
  const collect = () => lastValueFrom(run.metrics.pipe(take(count), toArray()));
  try {
    const metrics = await (prompt ? collect() : withoutPatience(collect));
    return { metrics: metrics.map(told), weights: run.weightsSha256(), saved: run.save() };
  } finally {
    run.close();
  }
}

describe('openRun with workers', function () {
  this.timeout(60_000);

  it('trains the same, bit for bit, with any number of them fused as with one composed', async () => {
    for (const env of envs)
      for (const autoreset of ['NEXT_STEP', 'SAME_STEP'] as const)
        await fc.assert(
          fc.asyncProperty(configs, fc.integer({ min: 1, max: 4 }), async (config, workers) => {
            const given = { ...quick, ...config, autoreset };
            const expected = await iterate(env, given, 2, { workers: 1, composed: true });
            assert.deepEqual(await iterate(env, given, 2, { workers, composed: false }), expected);
          }),
          { numRuns: 2 },
        );
  });

  it('trains several kinds the same when every task takes long, also those that teach one policy', async () => {
    for (const [env, composed] of [
      [mine, false],
      [twins, true],
    ] as const) {
      const config = {
        ...quick,
        numEnvs: 130,
        sharePolicies: true,
        network: { ...quick.network, normalizeObservations: true },
      };
      const expected = await iterate(env, config, 2, { workers: 1, composed });
      // The calling thread does no work, so that it cannot do all of a task before another wakes.
      const late = await iterate(env, config, 2, { workers: 2, composed, stepTimeout: 1e9 }, false);
      assert.deepEqual(late, expected);
    }
  });

  it('is saved and resumed with any numbers of them as if it had never stopped', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...envs), configs, how, how, async (env, config, first, second) => {
        const whole = await iterate(env, { ...quick, ...config }, 3, { workers: 1, composed: true });
        const half = await iterate(env, { ...quick, ...config }, 1, first);
        const rest = await iterate(env, half.saved, 2, second);
        assert.deepEqual(rest, { ...whole, metrics: whole.metrics.slice(1) });
      }),
      { numRuns: 5 },
    ));
});
