import assert from 'node:assert/strict';
import { lastValueFrom, takeWhile } from 'rxjs';
import { pendulum } from '../../envs/pendulum.ts';
import { configure, type PartialConfig } from '../../lib/config.ts';
import { defineEnv } from '../../lib/env/env.ts';
import { ConfigError } from '../../lib/errors.ts';
import { evaluate } from '../../lib/evaluate.ts';
import { loadAgent } from '../../lib/loadAgent.ts';
import type { Maybe, Saved } from '../../lib/nouns.ts';
import type { Losses } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { immediate } from '../../lib/workers/crew.ts';
import { openRun, type Run } from '../../pipelines/openRun.ts';
import { type OpenSacNouns, openSac, type SacNouns } from '../../pipelines/openSac.ts';
import { sac } from '../../pipelines/sac.ts';
import { sacSchema } from '../../pipelines/sacSchema.ts';
import { CountingAgent, CountingEnvs, CountingReplay, type Habits } from '../fakes/counting.ts';
import { describeGraph, type GraphSubject, graphLaws } from '../laws/graphLaws.ts';

/** The pipeline's own graph over nouns that count. */
function subject(habits: Habits): GraphSubject {
  const envs = new CountingEnvs(habits);
  const agent = new CountingAgent(habits);
  const kept = new CountingReplay(habits);
  let updates = 0;
  let latest = '';
  const replay = {
    store(transition: Parameters<CountingReplay['store']>[0]) {
      latest = kept.store(transition).seen.join();
    },
    get stored() {
      return kept.stored;
    },
    draw: () => ({ seen: latest }),
    learned: ({ seen }: { seen: string }) => assert.equal(seen, latest),
  };
  const learner = {
    update({ seen }: { seen: string }): Maybe<Losses> {
      habits.at?.('update');
      const learn = () => {
        assert.equal(seen, latest);
        return { loss: ++updates };
      };
      return habits.late.learner ? Promise.resolve().then(learn) : learn();
    },
  };
  const config = configure(sacSchema, { learningStarts: 0, gradientSteps: 2, trainFrequency: 3 });
  return {
    graph: sac.graph({ envs, agent, replay, learner, config } as unknown as SacNouns),
    envs,
    agent,
    save: () => ({ t: envs.t, agent: agent.save(), updates, stored: kept.stored }),
    load(saved) {
      const state = saved as {
        t: number;
        agent: ReturnType<CountingAgent['save']>;
        updates: number;
        stored: number;
      };
      envs.t = state.t;
      agent.load(state.agent);
      updates = state.updates;
      kept.stored = state.stored;
    },
    assertClosed: () => assert.equal(envs.turn.isOpen, true),
  };
}

const stages = ['observe', 'infer', 'step', 'collect', 'update'] as const;
// 100,000 iterations of these operators run in graph.spec.ts.
const only = graphLaws.map(({ name }) => name).filter((name) => name !== 'flat');
for (const late of [{}, { envs: true, agent: true, learner: true }]) {
  const name = Object.keys(late).length > 0 ? 'asynchronous' : 'synchronous';
  describeGraph({ name: `sac, ${name}`, late, stepsPerIteration: 3, stages, build: subject }, { only });
}

const small = {
  totalSteps: 1000,
  learningStarts: 40,
  bufferSize: 150,
  batchSize: 150,
  numEnvs: 2,
  trainFrequency: 2,
  gradientSteps: 2,
  network: { hidden: [16, 16] },
} as const satisfies PartialConfig<typeof sacSchema>;

/** The nouns of a new run. */
async function open(changes: PartialConfig<typeof sacSchema> = {}, workers = 1): Promise<OpenSacNouns> {
  const nouns = await openSac(pendulum, configure(sacSchema, { ...small, ...changes }), { workers });
  nouns.policies[0].network.initialize(nouns.config.seed, 0);
  return nouns;
}

async function iterate(nouns: OpenSacNouns, iterations: number) {
  let losses: Losses = {};
  for (let k = 0; k < iterations; k++) ({ losses } = await lastValueFrom(sac.graph(nouns)));
  return losses;
}

/** All that a checkpoint holds. */
function whole({ policies, parts }: OpenSacNouns) {
  const saved = Object.entries(parts).map(([name, part]) => [name, part.save()] as const);
  return { actor: policies[0].network.tensors(), parts: Object.fromEntries<Saved>(saved) };
}

describe('sac', () => {
  const variants: Record<string, PartialConfig<typeof sacSchema>> = {
    'as it is': {},
    'with priorities, 3-step returns and slow noise': { prioritized: true, nStep: 3, noisePeriod: 7 },
    'with SAME_STEP autoreset, alpha as it is': { autoreset: 'SAME_STEP', autotune: false, alpha: 0.2 },
  };
  for (const [variant, changes] of Object.entries(variants)) {
    it(`goes on as if it had not stopped, ${variant}`, async () => {
      const [uncut, first, second] = [await open(changes), await open(changes), await open(changes)];
      await iterate(uncut, 130);
      await iterate(first, 65);
      const { actor, parts } = whole(first);
      second.policies[0].network.load(actor);
      for (const [name, part] of Object.entries(second.parts)) part.load(parts[name]);
      assert.deepEqual(await iterate(second, 65), await iterate(first, 65));
      assert.deepEqual(whole(second), whole(uncut));
      assert.deepEqual(whole(first), whole(uncut));
      for (const { close } of [uncut, first, second]) close();
    });
  }

  it('acts by its policy from the step after the first update on, reset rows counting for nothing', async () => {
    // Two reset rows after 200 steps.
    const nouns = await open({ learningStarts: 405, trainFrequency: 1 });
    const { agent } = nouns;
    let logProbs: number[] = [];
    const infer = (observation: Parameters<typeof agent.infer>[0]) => {
      const decision = agent.infer(observation);
      logProbs = Array.from(decision.logProbs);
      return decision;
    };
    const graph = sac.graph({ ...nouns, agent: { infer, value: agent.value } as typeof agent });
    const uniform = Math.log(1 / 4);
    let learned = 0;
    for (let step = 0; step < 210; step++) {
      const { losses, steps } = await lastValueFrom(graph);
      const explored = logProbs.every((logProb) => Math.abs(logProb - uniform) < 1e-6);
      assert.equal(explored, learned === 0, `after step ${step}`);
      learned += Object.keys(losses).length;
      assert.equal(learned > 0, steps >= 405, `after step ${step}`);
    }
    assert.ok(learned > 0);
    nouns.close();
  });

  it('resumes from the bytes of a run, whose agent acts by its mean', async () => {
    const train = async (run: Run<typeof sacSchema>, steps: number) => {
      await lastValueFrom(run.metrics.pipe(takeWhile(() => run.envs.steps < steps)));
      return run;
    };
    const uncut = await train(await openRun(pendulum, sac, small), 300);
    const first = await train(await openRun(pendulum, sac, small), 152);
    const second = await train(await openRun(pendulum, sac, first.save()), 300);
    assert.deepEqual(second.save(), uncut.save());
    const agent = loadAgent(second.saveAgent());
    const [torque] = agent.act([1, 0, 0.5]);
    assert.equal(agent.act([1, 0, 0.5])[0], torque);
    const { meanReturn } = evaluate(pendulum, second.agent, { episodes: 2, seed: 1 });
    assert.ok(meanReturn < 0);
    for (const run of [uncut, first, second]) run.close();
  });

  it('has the same bits whatever the number of workers, and others with another seed', async () => {
    const nouns = [await open(), await open({}, 2), await open({ seed: 2 })];
    const losses = [];
    for (const each of nouns) losses.push(await iterate(each, 40));
    const [alone, crew, other] = nouns.map(whole);
    for (const { close } of nouns) close();
    assert.deepEqual(losses[1], losses[0]);
    assert.deepEqual(crew, alone);
    assert.notDeepEqual(other.actor, alone.actor);
  });

  it('tells losses once learning has started, and counts real steps only', async () => {
    const nouns = await open();
    assert.deepEqual(await iterate(nouns, 9), {});
    assert.deepEqual(Object.keys(await iterate(nouns, 1)).sort(), [
      ...['actorLoss', 'alpha', 'alphaLoss', 'entropy', 'qf1Loss', 'qf1Values', 'qf2Loss', 'qf2Values'],
    ]);
    assert.equal(nouns.envs.steps, 40);
    nouns.close();
  });

  it('refuses actions and networks that it cannot take', async () => {
    const still = { id: 'Still-v0', observation: box(-1, 1, [1]), reset() {}, step() {}, observe() {} };
    const choosing = defineEnv({ ...still, action: discrete(2), state: {} });
    await assert.rejects(openRun(choosing, sac, {}), ConfigError);
    const unbounded = defineEnv({ ...still, action: box(-Infinity, 1, [1]), state: {} });
    await assert.rejects(openRun(unbounded, sac, {}), ConfigError);
    await assert.rejects(openRun(pendulum, sac, { network: { layerNorm: true } }), ConfigError);
  });

  it('finds out that a target is paid for being reached', async function learns() {
    this.timeout(60_000);
    // The reward is 1 − |action − target|, and the observation shows the target: Stable-Baselines3's IdentityEnvBox.
    const identity = defineEnv({
      id: 'Identity-v0',
      observation: box(-1, 1, [1]),
      action: box(-1, 1, [1]),
      maxEpisodeSteps: 20,
      state: { target: 'f32' },
      reset({ state: { target }, rng }, i) {
        target[i] = rng.uniform(i, -1, 1);
      },
      step({ state: { target }, actions, rewards, terminations, rng }, from, to) {
        for (let i = from; i < to; i++) {
          rewards[i] = 1 - Math.abs(actions[i] - target[i]);
          target[i] = rng.uniform(i, -1, 1);
          terminations[i] = 0;
        }
      },
      observe({ state: { target }, observations }, from, to) {
        for (let i = from; i < to; i++) observations[i] = target[i];
      },
    });
    const config = { learningStarts: 64, batchSize: 64, gamma: 0.4, qLearningRate: 2e-3 };
    const rates = { policyLearningRate: 2e-3, network: { hidden: [32, 32] }, bufferSize: 2000 };
    const nouns = await openSac(identity, configure(sacSchema, { ...config, ...rates }), {});
    nouns.policies[0].network.initialize(1, 0);
    await iterate(nouns, 1500);
    nouns.agent.greedy = true;
    let total = 0;
    for (let t = 0; t < 200; t++) {
      const { rewards } = immediate(nouns.envs.step(nouns.agent.infer(nouns.envs.observe())));
      total += rewards[0];
    }
    // 10 of the 200 rows are resets, which are paid nothing; random actions get 1/3.
    assert.ok(total > 0.9 * 190, `${total}`);
  });
});
