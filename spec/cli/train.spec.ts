import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pufferflow, scratch } from './pufferflow.ts';

/** Quick to train, and enough to keep a process busy. */
const small = ['--set', 'network.hidden=[8]', '--set', 'updateEpochs=2'];

describe('pufferflow train', function () {
  this.timeout(60_000);
  const home = scratch();
  const train = (...args: string[]) => pufferflow(home, ['train', ...args]);
  const metricsOf = (folder: string) =>
    readFileSync(join(home, folder, 'metrics.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const stepsOf = (folder: string) => metricsOf(folder).map(({ steps }) => steps);

  it('prints the events of --json and nothing else', async () => {
    const args = ['CartPole-v1', '--steps', '2000', '--seed', '7', '--envs', '4', '--json', '--out', 'json'];
    const { code, events, stderr } = await train(...args, '--set', 'gamma=0.5');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const [start, ...iterations] = events;
    const end = iterations.pop();
    assert.deepEqual(Object.keys(start), ['event', 'env', 'pipeline', 'seed', 'kernel', 'config']);
    assert.equal(start.event, 'start');
    assert.equal(start.env, 'CartPole-v1');
    assert.equal(start.pipeline, 'ppo');
    assert.equal(start.seed, 7);
    assert.match(start.kernel, /^(relaxed-)?simd$/);
    assert.equal(start.config.totalSteps, 2000);
    assert.equal(start.config.numEnvs, 4);
    assert.equal(start.config.gamma, 0.5);
    assert.equal(start.config.numSteps, 32, 'the tuned settings of CartPole');
    assert.ok(iterations.length > 10);
    let steps = 0;
    for (const iteration of iterations) {
      assert.deepEqual(Object.keys(iteration), [
        'event',
        'steps',
        'seconds',
        'sps',
        'episodeReturn',
        'episodeScores',
        'losses',
      ]);
      assert.equal(iteration.event, 'iteration');
      assert.ok(iteration.steps > steps);
      steps = iteration.steps;
      assert.ok(iteration.seconds > 0 && iteration.sps > 0);
      assert.ok(Number.isFinite(iteration.losses.valueLoss));
    }
    assert.ok(iterations.at(-1).episodeReturn > 5);
    assert.deepEqual(Object.keys(end), [
      'event',
      'steps',
      'seconds',
      'sps',
      'episodeReturn',
      'solvedAtSteps',
      'weightsSha256',
      'checkpoint',
    ]);
    assert.equal(end.event, 'end');
    assert.equal(end.steps, steps);
    assert.ok(end.steps >= 2000);
    assert.equal(end.solvedAtSteps, null);
    assert.match(end.weightsSha256, /^[0-9a-f]{64}$/);
    assert.ok(existsSync(end.checkpoint));
  });

  it('keeps config, metrics, checkpoint and picture in a folder', async () => {
    const { code, stdout } = await train('corridor', '--steps', '1000', '--seed', '3');
    assert.equal(code, 0);
    const [name] = readdirSync(join(home, 'runs'));
    assert.match(name, /^Corridor-v0-3-\d{8}-\d{6}$/);
    const folder = join('runs', name);
    assert.deepEqual(readdirSync(join(home, folder)).sort(), [
      'checkpoint.safetensors',
      'config.json',
      'curve.svg',
      'metrics.jsonl',
    ]);
    const config = JSON.parse(readFileSync(join(home, folder, 'config.json'), 'utf8'));
    assert.equal(config.env, 'Corridor-v0');
    assert.equal(config.config.seed, 3);
    assert.match(readFileSync(join(home, folder, 'curve.svg'), 'utf8'), /^<svg.*Corridor-v0.*<\/svg>\s*$/s);
    assert.ok(stepsOf(folder).at(-1) >= 1000);
    assert.match(stdout, /Evaluated over 100 episodes/);
    for (const file of ['checkpoint.safetensors', 'curve.svg']) {
      assert.ok(stdout.includes(join(folder, file)), file);
    }
    assert.match(stdout, /eval runs\/Corridor/);
    assert.match(stdout, /train --resume runs\/Corridor/);
    assert.ok(!stdout.includes('\x1b'), 'no escape codes in a pipe');
  });

  it('gives the same weights for the same seed, and others for another', async () => {
    const hash = async (seed: string, k: number) => {
      const args = ['cartpole', '--steps', '1000', '--seed', seed, '--json', '--out', `seed${k}`];
      return (await train(...args)).events.at(-1).weightsSha256;
    };
    const hashes = await Promise.all(['5', '5', '6'].map(hash));
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  });

  it('says how to resume when it is interrupted, and then ends as if it had not been', async () => {
    const args = ['train', 'cartpole', '--steps', '60000', ...small, '--json', '--out'];
    const whole = await pufferflow(home, [...args, 'whole']);
    let sent = false;
    const stopped = await pufferflow(home, [...args, 'parts'], (child, stdout) => {
      if (!sent && stdout.split('\n').length > 20) {
        sent = child.kill('SIGINT');
      }
    });
    assert.equal(stopped.code, 130);
    assert.match(stopped.stderr, /train --resume parts/);
    const { steps } = stopped.events.at(-1);
    assert.equal(stopped.events.at(-1).event, 'end');
    assert.ok(steps > 1000 && steps < 60_000, `stopped at ${steps}`);
    assert.deepEqual(stepsOf('parts').at(-1), steps);
    const resumed = await train('--resume', 'parts', '--json');
    assert.equal(resumed.code, 0);
    assert.ok(resumed.events[1].steps > steps);
    const [a, b] = [whole.events.at(-1), resumed.events.at(-1)];
    assert.equal(b.weightsSha256, a.weightsSha256);
    assert.equal(b.episodeReturn, a.episodeReturn);
    assert.equal(b.solvedAtSteps, a.solvedAtSteps);
    assert.deepEqual(stepsOf('parts'), stepsOf('whole'));
    assert.deepEqual(
      readFileSync(join(home, 'parts', 'checkpoint.safetensors')),
      readFileSync(join(home, 'whole', 'checkpoint.safetensors')),
    );
    const complete = await train('--resume', 'parts');
    assert.equal(complete.code, 0);
    assert.match(complete.stdout, /complete/);
    assert.equal(stepsOf('parts').length, stepsOf('whole').length);
  });

  it('can be resumed after it was killed', async () => {
    const args = ['cartpole', '--steps', '20000', ...small, '--json', '--out'];
    const killed = await pufferflow(home, ['train', ...args, 'killed'], (child, stdout) => {
      if (stdout.split('\n').length > 10) child.kill('SIGKILL');
    });
    assert.equal(killed.code, null);
    const whole = await train(...args, 'unkilled');
    const resumed = await train('--resume', 'killed', '--json');
    assert.equal(resumed.code, 0);
    assert.equal(resumed.events.at(-1).weightsSha256, whole.events.at(-1).weightsSha256);
    assert.deepEqual(stepsOf('killed'), stepsOf('unkilled'));
  });

  it('drops metrics beyond the checkpoint, and a damaged line', async () => {
    await train('corridor', '--steps', '600', '--json', '--out', 'beyond');
    const steps = stepsOf('beyond');
    const file = join(home, 'beyond', 'metrics.jsonl');
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}{"steps":99999,"seconds":1,"episodeReturn":null}\n{"ste`,
    );
    const { code } = await train('--resume', 'beyond', '--steps', '1200', '--json');
    assert.equal(code, 0);
    assert.deepEqual(stepsOf('beyond').slice(0, steps.length), steps);
    assert.ok(!stepsOf('beyond').includes(99999));
    assert.ok(stepsOf('beyond').at(-1) >= 1200);
  });

  it('resumes into another folder and leaves the first as it is', async () => {
    await train('corridor', '--steps', '600', '--json', '--out', 'from');
    const before = readFileSync(join(home, 'from', 'checkpoint.safetensors'));
    const { code } = await train('--resume', 'from', '--out', 'to', '--steps', '900', '--json');
    assert.equal(code, 0);
    assert.deepEqual(readFileSync(join(home, 'from', 'checkpoint.safetensors')), before);
    assert.ok(stepsOf('from').at(-1) < 900);
    assert.deepEqual(stepsOf('to').slice(0, stepsOf('from').length), stepsOf('from'));
    assert.ok(stepsOf('to').at(-1) >= 900);
  });

  it('saves and ends when its reader goes away', async () => {
    const { code } = await pufferflow(
      home,
      ['train', 'cartpole', '--steps', '1000000', ...small, '--json', '--out', 'pipe'],
      (child) => child.stdout?.destroy(),
    );
    assert.equal(code, 141);
    assert.ok(existsSync(join(home, 'pipe', 'curve.svg')), 'it ended in good order');
    assert.equal((await pufferflow(home, ['eval', 'pipe', '--episodes', '2'])).code, 0);
  });

  it("trains a user's TypeScript env, which needs no package around it", async () => {
    mkdirSync(join(home, 'envs'));
    writeFileSync(
      join(home, 'envs', 'bandit.ts'),
      `import { box, defineEnv, discrete } from 'pufferflow';
       export const seven: number = 7;
       export const bandit = defineEnv({
         id: 'Bandit-v0', observation: box(0, 1, [1]), action: discrete(2), maxEpisodeSteps: 5, state: {},
         reset() {},
         step({ actions, rewards, terminations }, from: number, to: number) {
           for (let i = from; i < to; i++) { rewards[i] = actions[i]; terminations[i] = 0; }
         },
         observe({ observations }, from, to) { observations.fill(0, from, to); },
       });`,
    );
    const { code, events, stderr } = await train(
      './envs/bandit.ts',
      '--steps',
      '600',
      '--json',
      '--out',
      'mine',
    );
    assert.equal(code, 0, stderr);
    assert.equal(events[0].env, 'Bandit-v0');
    const resumed = await train('--resume', 'mine', '--steps', '1200', '--json');
    assert.equal(resumed.code, 0, resumed.stderr);
    const judged = await pufferflow(home, ['eval', 'mine', '--json', '--episodes', '3']);
    assert.equal(judged.code, 0, judged.stderr);
    assert.equal(judged.events[0].meanLength, 5);
  });
});
