import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pufferflow, scratch } from './pufferflow.ts';

describe('pufferflow', function () {
  this.timeout(60_000);
  const home = scratch();

  it('explains itself', async () => {
    const [bare, asked, explained, askedTrain] = await Promise.all([
      pufferflow(home, []),
      pufferflow(home, ['--help']),
      pufferflow(home, ['help', 'train']),
      pufferflow(home, ['train', '--help']),
    ]);
    assert.equal(bare.code, 0);
    assert.equal(bare.stdout, asked.stdout);
    for (const command of ['train', 'eval', 'list', 'bench']) {
      assert.ok(bare.stdout.includes(`pufferflow ${command}`), command);
    }
    assert.equal(explained.stdout, askedTrain.stdout);
    for (const word of ['--resume', '--deterministic', 'gaeLambda=0.95', 'network.hidden=[64,64]']) {
      assert.ok(explained.stdout.includes(word), word);
    }
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal((await pufferflow(home, ['--version'])).stdout, `${version}\n`);
  });

  it('lists the envs', async () => {
    const { events, stderr } = await pufferflow(home, ['list', '--json']);
    assert.equal(stderr, '');
    assert.equal(events.length, 1);
    const named = (alias: string) => events[0].envs.find((env: { alias: string }) => env.alias === alias);
    const cartPole = named('cartpole');
    assert.deepEqual(cartPole, {
      id: 'CartPole-v1',
      alias: 'cartpole',
      observation: {
        type: 'Box',
        dtype: 'f32',
        shape: [4],
        low: [-4.8, '-Infinity', -2 * ((12 * 2 * Math.PI) / 360), '-Infinity'],
        high: [4.8, 'Infinity', 2 * ((12 * 2 * Math.PI) / 360), 'Infinity'],
      },
      action: { type: 'Discrete', n: 2, start: 0 },
      threshold: 475,
      maxEpisodeSteps: 500,
    });
    assert.equal(named('corridor').id, 'Corridor-v0');
    const table = (await pufferflow(home, ['list'])).stdout;
    assert.match(table, /cartpole +CartPole-v1 +Box\(4\) +Discrete\(2\) +475 +500/);
  });

  it('evaluates a run, or its checkpoint', async () => {
    await pufferflow(home, 'train CARTPOLE --steps 2000 --json --out run'.split(' '));
    const evaluate = async (...args: string[]) => {
      const { events, code, stderr } = await pufferflow(home, ['eval', ...args, '--json']);
      assert.equal(code, 0, stderr);
      assert.equal(events.length, 1);
      return events[0];
    };
    const folder = await evaluate('run');
    assert.deepEqual(Object.keys(folder), [
      'event',
      'episodes',
      'meanReturn',
      'stdReturn',
      'meanLength',
      'meanScores',
      'cut',
    ]);
    assert.equal(folder.event, 'eval');
    assert.equal(folder.episodes, 100);
    assert.equal(folder.meanReturn, folder.meanLength, "CartPole's reward is 1 a step");
    assert.deepEqual(await evaluate('run/checkpoint.safetensors'), folder);
    assert.deepEqual(await evaluate('run', '--seed', '0', '--episodes', '100'), folder);
    assert.notDeepEqual(await evaluate('run', '--seed', '1'), folder);
    assert.notEqual((await evaluate('run', '--sample')).meanReturn, folder.meanReturn);
    assert.equal((await evaluate('run', '--episodes', '7')).episodes, 7);
    const { stdout } = await pufferflow(home, ['eval', 'run']);
    assert.match(stdout, new RegExp(`return ${folder.meanReturn.toFixed(1)} ± .*[^]*(Solved|Not solved): `));
  });
});
