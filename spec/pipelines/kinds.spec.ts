import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, take, toArray } from 'rxjs';
import { cliffWalking, mine, pair, spaces, taxi, turnstile } from '../../envs/index.ts';
import { policyOf, readAgent } from '../../lib/agentFile.ts';
import { emulate } from '../../lib/env/emulate.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import { kindsOf } from '../../lib/env/kinds.ts';
import type { ParallelEnv } from '../../lib/env/structured.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { loadAgent } from '../../lib/loadAgent.ts';
import { Random } from '../../lib/random.ts';
import { openRun } from '../../pipelines/openRun.ts';
import { ppo } from '../../pipelines/ppo.ts';

const worlds: readonly AnyEnv[] = [mine, pair, spaces, taxi, turnstile];
const quick = { numEnvs: 3, numSteps: 16, numMinibatches: 2, updateEpochs: 2 };

async function iterate(env: AnyEnv, from: object | Uint8Array, count: number) {
  const run = await openRun(env, ppo, from);
  const metrics = await lastValueFrom(run.metrics.pipe(take(count), toArray()));
  run.stop();
  return { run, last: metrics[count - 1] };
}

describe('ppo on envs of every form', () => {
  it('goes on after stop, save and open as if it had never stopped, bit for bit', async () => {
    const options = fc.record({
      env: fc.constantFrom(...worlds),
      seed: fc.nat(),
      autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
      sharePolicies: fc.boolean(),
      first: fc.integer({ min: 1, max: 3 }),
      second: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ env, first, second, ...config }) => {
        const whole = await iterate(env, { ...quick, ...config }, first + second);
        const half = await iterate(env, { ...quick, ...config }, first);
        const rest = await iterate(env, half.run.save(), second);
        assert.deepEqual(rest.run.save(), whole.run.save());
        assert.equal(rest.run.weightsSha256(), whole.run.weightsSha256());
        for (const [name, loss] of Object.entries(whole.last.losses)) assert.ok(Number.isFinite(loss), name);
      }),
      { numRuns: 15 },
    );
  });

  it('gives each kind a policy, whose losses have its name', async () => {
    const { run, last } = await iterate(mine, quick, 2);
    assert.deepEqual(Object.keys(run.agent.policies), ['scout', 'miner']);
    const names = Object.keys(last.losses);
    assert.ok(names.includes('scout.policyLoss') && names.includes('miner.entropy'));
    for (const name of names) assert.match(name, /^(scout|miner)\./);
  });

  it('gives kinds of the same spaces one policy, if it is told to', async () => {
    const twins = emulate({
      id: pair.id,
      create: pair.create as () => ParallelEnv,
      kindOf: (agent) => agent,
    });
    assert.equal(kindsOf(twins).length, 2);
    const weights = async (sharePolicies: boolean) => {
      const { run } = await iterate(twins, { ...quick, sharePolicies }, 2);
      const agent = readAgent(run.save());
      return kindsOf(twins).map(({ name }) => policyOf(agent, name).weights);
    };
    const [shared, apart] = [await weights(true), await weights(false)];
    assert.equal(shared[0], shared[1]);
    assert.notDeepEqual(apart[0], apart[1]);
  });

  it('counts real transitions only', async () => {
    const { run } = await iterate(turnstile, quick, 4);
    const rows = 3 * kindsOf(turnstile)[0].slots * 16 * 4;
    assert.ok(run.envs.steps > 0 && run.envs.steps < rows);
  });

  const optima: [AnyEnv, number][] = [
    [spaces, 40_000],
    [turnstile, 60_000],
    [mine, 50_000],
    [pair, 20_000],
  ];
  for (const [env, totalSteps] of optima) {
    it(`reaches the optimum of ${env.id}, which is 1`, async () => {
      const config = { numEnvs: 16, numSteps: 32, learningRate: { from: 3e-3, to: 0 }, entCoef: 0.005 };
      const run = await openRun(env, ppo, { ...config, totalSteps });
      await lastValueFrom(run.metrics);
      const { meanReturn, cut } = evaluate(env, run.agent, { episodes: 100, seed: 7 });
      assert.equal(cut, 0);
      assert.ok(meanReturn > 0.98 && meanReturn < 1 + 1e-6, `a mean return of ${meanReturn}`);
    });
  }

  it('loads a policy of a kind, and acts in its spaces', async () => {
    const { run } = await iterate(mine, quick, 1);
    const bytes = run.save();
    assert.throws(() => loadAgent(bytes), /loadAgent: expected a kind, one of miner, scout/);
    for (const { name, observation, action } of kindsOf(mine)) {
      const agent = loadAgent(bytes, { kind: name, sampleSeed: 1 });
      const random = new Random(1);
      for (let t = 0; t < 20; t++)
        assert.equal(action.problem(agent.act(observation.sample(random))), undefined);
    }
    const { run: driver } = await iterate(taxi, quick, 1);
    const agent = loadAgent(driver.save(), { sampleSeed: 1 });
    for (let t = 0; t < 50; t++) assert.ok([1, 4].includes(agent.act(100, [0, 1, 0, 0, 1, 0])));
  });

  it('cuts episodes that do not end', async () => {
    const { run } = await iterate(cliffWalking, quick, 1);
    const { cut, meanLength } = evaluate(cliffWalking, run.agent, { episodes: 5, seed: 1, maxSteps: 50 });
    assert.ok(cut > 0 && meanLength <= 50);
  });

  it('trains an env that cannot be saved, and saves its agent alone', async () => {
    const mute = emulate({
      id: 'Mute-v0',
      create: () => Object.assign(spaces.create(), { getState: undefined, setState: undefined }) as never,
    });
    const { run } = await iterate(mute, quick, 1);
    assert.equal(run.restorable, false);
    assert.throws(() => run.save(), /cannot be saved: it has no getState/);
    const bytes = run.saveAgent();
    assert.deepEqual(readAgent(bytes).policies.agent.weights, run.agent.policies.agent.weights);
    await assert.rejects(openRun(mute, ppo, bytes), /expected a run, got an agent/);
  });
});
