import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePipeline } from '../../cli/pipelines.ts';
import { LINE_STEPS } from '../../cli/train.ts';
import { configure } from '../../lib/config.ts';
import { prebuilt } from '../../pipelines/prebuilt.ts';
import { tuned } from '../../pipelines/tuned.ts';
import { pufferflow, scratch } from './pufferflow.ts';

describe('choosePipeline', () => {
  const name = (id: string, asked?: string) => choosePipeline(id, asked).pipeline.name;

  it('takes the one that is named, else the first that the env is tuned for, else PPO', () => {
    assert.equal(name('Pendulum-v1'), 'ppo');
    assert.equal(name('Pendulum-v1', 'SAC'), 'sac');
    assert.equal(name('MountainCarContinuous-v0'), 'sac');
    assert.equal(name('Memory-v0'), 'recurrentPpo');
    assert.equal(name('Mine-v9'), 'ppo');
  });

  it("starts from the env's settings for the pipeline, or for one of the same keys", () => {
    assert.equal(choosePipeline('Pendulum-v1', 'sac').changes, tuned['Pendulum-v1'].sac);
    assert.equal(choosePipeline('Memory-v0', 'ppo').changes, tuned['Memory-v0'].recurrentPpo);
    assert.deepEqual(choosePipeline('CartPole-v1', 'sac').changes, {});
  });

  it('finds settings that each pipeline accepts', () => {
    for (const id of Object.keys(tuned)) {
      for (const asked of Object.keys(prebuilt)) {
        const { pipeline, changes } = choosePipeline(id, asked);
        configure(pipeline.schema, changes);
      }
    }
  });
});

describe('pufferflow train --pipeline', function () {
  this.timeout(120_000);
  const home = scratch();
  const train = (...args: string[]) => pufferflow(home, ['train', ...args]);
  /** One world and few units, so that a run takes no time. */
  const small = ['--envs', '1', '--set', 'network.hidden=[8]', '--workers', '1'];

  for (const [env, pipeline, ...sets] of [
    ['cartpole', 'appo', 'numSteps=32'],
    ['memory', 'recurrentPpo', 'network.memory.units=8', 'numMinibatches=1'],
    ['pendulum', 'sac', 'batchSize=8', 'learningStarts=50'],
  ]) {
    it(`trains ${env} by ${pipeline}, goes on with it, and evaluates it`, async () => {
      const args = ['--pipeline', pipeline, '--steps', '450', ...small];
      const run = await train(
        env,
        ...args,
        ...sets.flatMap((set) => ['--set', set]),
        '--json',
        '--out',
        pipeline,
      );
      assert.equal(run.code, 0, run.stderr);
      assert.equal(run.events[0].pipeline, pipeline);
      const resumed = await train('--resume', pipeline, '--workers', '1', '--steps', '900', '--json');
      assert.equal(resumed.code, 0, resumed.stderr);
      const [start, next] = resumed.events;
      assert.deepEqual([start.env, start.pipeline], [run.events[0].env, pipeline]);
      assert.ok(next.steps > run.events.at(-1).steps, 'it goes on from where it was');
      assert.ok(resumed.events.at(-1).steps >= 900);
      assert.match(readFileSync(join(home, pipeline, 'curve.svg'), 'utf8'), new RegExp(pipeline));
      const judged = await pufferflow(home, ['eval', pipeline, '--episodes', '2', '--json']);
      assert.equal(judged.code, 0, judged.stderr);
      assert.equal(judged.events[0].episodes, 2);
    });
  }

  it('joins the iterations of SAC in lines', () => {
    const lines = readFileSync(join(home, 'sac', 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const [first, ...others] = lines.map((line) => JSON.parse(line));
    assert.equal(first.steps, LINE_STEPS);
    // A line where the first half ended, and one for each multiple.
    assert.equal(lines.length, 1 + 900 / LINE_STEPS);
    assert.ok(others.every(({ losses }) => Number.isFinite(losses.qf1Loss)));
  });

  it('explains the keys of the pipeline that is meant', async () => {
    const help = async (...args: string[]) => (await train(...args, '--help')).stdout;
    const [sac, memory, bare] = await Promise.all([help('--pipeline', 'sac'), help('memory'), help()]);
    assert.match(sac, /sac's defaults.*tau=0\.005/s);
    assert.doesNotMatch(sac, /clipCoef/);
    assert.match(memory, /as recurrentPpo has them for Memory-v0.*network\.memory\.kind=lstm/s);
    assert.match(bare, /ppo's defaults.*gaeLambda=0\.95/s);
  });

  it('refuses what there is not, and to change the pipeline of a run', async () => {
    const unknown = await train('cartpole', '--pipeline', 'sacc');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /unknown pipeline sacc; did you mean sac\?/);
    const changed = await train('--resume', 'sac', '--pipeline', 'ppo');
    assert.equal(changed.code, 2);
    assert.match(changed.stderr, /--pipeline cannot be changed/);
    const key = await train('pendulum', '--pipeline', 'sac', '--set', 'clipCoef=0.1');
    assert.match(key.stderr, /unknown key clipCoef/);
  });
});
