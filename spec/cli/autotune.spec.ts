import assert from 'node:assert/strict';
import { type Setting, tune } from '../../cli/tune.ts';
import { cartPole } from '../../envs/cartPole.ts';
import { snake } from '../../envs/snake.ts';
import { configure } from '../../lib/config.ts';
import { ppoSchema } from '../../pipelines/ppo.ts';
import { tuned } from '../../pipelines/tuned.ts';
import { pufferflow, scratch } from './pufferflow.ts';

describe('pufferflow autotune', function () {
  this.timeout(120_000);
  const home = scratch();
  const quick = ['--seconds', '0.01', '--workers', '1,2'];

  it('measures each setting, sorted and without repetition, and says what to train with', async () => {
    const { code, stderr, events } = await pufferflow(home, ['autotune', 'bandit', ...quick, '--json']);
    assert.equal(code, 0, stderr);
    assert.equal(events.length, 1);
    const [{ env, own, settings, skipped, alone, train }] = events;
    const { numEnvs, numSteps } = configure(ppoSchema, tuned['Bandit-v0'].ppo);
    assert.deepEqual([env, own, alone], ['Bandit-v0', { numEnvs, numSteps, workers: 1 }, undefined]);
    const speeds: number[] = settings.map(({ stepsPerSecond }: { stepsPerSecond: number }) => stepsPerSecond);
    assert.ok(speeds.every((speed) => speed > 0));
    assert.deepEqual(
      speeds,
      speeds.toSorted((a, b) => b - a),
    );
    const all = [...settings, ...skipped].map((setting: Setting) =>
      [setting.numEnvs, setting.numSteps, setting.workers].join(' '),
    );
    const expected = [8, 64, 256, 1024, 4096].flatMap((envs) =>
      [32, 64, 128].flatMap((steps) => [1, 2].map((workers) => `${envs} ${steps} ${workers}`)),
    );
    assert.deepEqual(all.sort(), expected.sort());
    const [best] = settings;
    const options = ['--envs', `${best.numEnvs}`, '--workers', `${best.workers}`];
    assert.deepEqual(train, ['train', 'bandit', ...options, '--set', `numSteps=${best.numSteps}`]);
    const trained = await pufferflow(home, [...train, '--steps', '1', '--json']);
    assert.equal(trained.code, 0, trained.stderr);
    const { config } = trained.events[0];
    assert.deepEqual([config.numEnvs, config.numSteps], [best.numEnvs, best.numSteps]);
  });

  it('shows a table, the fastest marked, and what changes how the agent learns', async () => {
    const { code, stdout, stderr } = await pufferflow(home, ['autotune', 'bandit', ...quick]);
    assert.equal(code, 0);
    assert.equal(stderr, '', 'no progress where there is no terminal');
    const table = stdout.split('\n').filter((line) => /^(→| ) +\d/.test(line));
    assert.ok(table.length > 1 && table[0].startsWith('→') && !table[1].startsWith('→'));
    const [envs, steps, workers] = (table[0].match(/\d+/g) ?? []) as string[];
    assert.ok(stdout.includes(`train bandit --envs ${envs} --workers ${workers} --set numSteps=${steps}\n`));
    assert.match(stdout, /--workers changes no result\. --envs and numSteps change how the agent learns/);
    assert.match(stdout, /8 +32 +1 .* its own/);
  });

  it('measures an env that threads cannot find on one worker, and says why', async () => {
    const lone = { ...cartPole, id: 'Lone-v0', module: undefined };
    const { settings, alone } = await tune({ env: lone }, { seconds: 0.01, workers: [1, 2] });
    assert.match(alone ?? '', /^workers: Lone-v0 does not say where threads find it/);
    assert.ok(settings.length > 0 && settings.every(({ workers }) => workers === 1));
  });

  it('counts the agents of a world', async () => {
    const asked: Setting[] = [];
    await tune({ env: snake }, { seconds: 0.001, workers: [1] }, (setting) => asked.push(setting));
    const own = configure(ppoSchema, tuned[snake.id].ppo).numEnvs;
    assert.deepEqual(new Set(asked.map(({ numEnvs }) => numEnvs)), new Set([own, 1, 4, 16]));
  });

  for (const [args, message] of [
    [['autotune'], /expected an env/],
    [['autotune', 'bandit', '--seconds', '0'], /--seconds: expected a positive number, got 0/],
    [['autotune', 'bandit', '--workers', '1,x'], /--workers: expected a positive integer, got x/],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stderr } = await pufferflow(home, args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});
