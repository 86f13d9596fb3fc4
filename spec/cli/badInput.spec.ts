import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cli/commands.ts';
import { policyOf, readAgent } from '../../lib/agentFile.ts';
import { hashTensors } from '../../lib/checkpoint.ts';
import { pufferflow, scratch } from './pufferflow.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('pufferflow, given bad input', function () {
  this.timeout(60_000);
  const home = scratch();

  /** The command ends with this exit code, prints nothing on standard output, and says this without a stack. */
  async function refuses(args: readonly string[], code: number, said: RegExp): Promise<void> {
    const ended = await pufferflow(home, args);
    assert.match(ended.stderr, said);
    assert.match(ended.stderr, /^pufferflow: /);
    assert.doesNotMatch(ended.stderr, /\n {4}at .*\n {4}at /, 'no stack');
    assert.equal(ended.stdout, '');
    assert.equal(ended.code, code);
  }

  for (const [line, code, said] of [
    ['trian cartpole', 2, /unknown command trian; did you mean train\?/],
    ['train', 2, /expected an env/],
    ['train cartpoel', 2, /unknown env cartpoel; did you mean cartpole\?.*corridor/s],
    ['train ./nowhere.ts', 2, /nowhere\.ts: there is no such file/],
    ['train cartpole --stpes 5', 2, /unknown option --stpes; did you mean --steps\?/],
    ['train cartpole --steps -5', 2, /--steps: expected a positive integer, got -5/],
    ['train cartpole --steps=1.5', 2, /--steps: expected a positive integer, got 1\.5/],
    ['train cartpole --envs 0', 2, /--envs: expected a positive integer, got 0/],
    ['train cartpole --seed -1', 2, /--seed: expected a non-negative integer, got -1/],
    ['train cartpole --steps', 2, /--steps: expected a value/],
    ['train cartpole --json=yes', 2, /--json takes no value/],
    ['train cartpole corridor', 2, /unexpected argument corridor/],
    ['train cartpole --envs 999999999', 2, /4 GiB/],
    ['train cartpole --set gamma', 2, /--set: expected key=value, got gamma/],
    ['train cartpole --set gama=0.9', 1, /unknown key gama; did you mean gamma\?/],
    ['train cartpole --set gamma=high', 1, /config gamma: expected a number in \[0, 1\], got "high"/],
    ['train cartpole --set network.hidden=64', 1, /config network\.hidden: expected a list/],
    ['train cartpole --set __proto__.gamma=0', 1, /unknown key __proto__/],
    ['train --resume nowhere', 2, /nowhere: expected the folder of a run/],
    ['eval nowhere', 2, /nowhere: there is no such checkpoint/],
    ['eval', 2, /expected a checkpoint/],
    ['list --jsn', 2, /did you mean --json\?/],
  ] as const) {
    it(`refuses: ${line}`, () =>
      assert.rejects(run(line.split(' ')), (error: Error) => {
        assert.match(error.message, said);
        assert.equal(error.name, code === 2 ? 'UsageError' : 'ConfigError');
        return true;
      }));
  }

  it('says so on standard error, exits with a code, and leaves no folder behind', async () => {
    await Promise.all([
      refuses('trian cartpole'.split(' '), 2, /did you mean train/),
      refuses('train cartpoel'.split(' '), 2, /did you mean cartpole/),
      refuses('train cartpole --steps -5'.split(' '), 2, /--steps: expected a positive integer/),
      refuses('train cartpole --set gama=0.9'.split(' '), 1, /did you mean gamma/),
      refuses('train cartpole --set gamma=high'.split(' '), 1, /config gamma: expected/),
    ]);
    assert.deepEqual(readdirSync(home), []);
  });

  it('does not write into a folder that holds something', async () => {
    mkdirSync(join(home, 'taken'));
    writeFileSync(join(home, 'taken', 'thesis.txt'), 'years of work');
    await refuses(['train', 'cartpole', '--out', 'taken'], 2, /taken is not empty/);
    assert.deepEqual(readdirSync(join(home, 'taken')), ['thesis.txt']);
    await refuses(['train', 'cartpole', '--out', 'taken/thesis.txt'], 2, /is a file/);
  });

  it('reports a module that cannot be read, or has no env', async () => {
    writeFileSync(join(home, 'broken.ts'), 'export default whatIsThis;');
    await refuses(['train', './broken.ts'], 2, /cannot load \.\/broken\.ts: whatIsThis is not defined/);
    writeFileSync(join(home, 'empty.ts'), 'export const env = 5;');
    await refuses(['train', './empty.ts'], 2, /expected an export made by defineEnv/);
  });

  describe('a checkpoint', () => {
    let intact: Buffer;
    const folder = join(home, 'run');
    const file = join(folder, 'checkpoint.safetensors');

    before(async () => {
      const { code, stderr } = await pufferflow(
        home,
        'train cartpole --steps 300 --json --out run'.split(' '),
      );
      assert.equal(code, 0, stderr);
      intact = readFileSync(file);
    });
    afterEach(() => writeFileSync(file, intact));

    async function refusesCheckpoint(bytes: Uint8Array, said: RegExp): Promise<void> {
      writeFileSync(file, bytes);
      const metrics = readFileSync(join(folder, 'metrics.jsonl'));
      await Promise.all([
        refuses(['eval', 'run'], 1, said),
        refuses(['train', '--resume', 'run', '--steps', '600'], 1, said),
      ]);
      assert.deepEqual(readFileSync(file), Buffer.from(bytes), 'which is left as it was');
      assert.deepEqual(readFileSync(join(folder, 'metrics.jsonl')), metrics);
    }

    it('is refused where it is truncated', () => refusesCheckpoint(intact.subarray(0, -100), /truncated/));

    it('is refused where a bit of the weights is flipped', () => {
      const bytes = Buffer.from(intact);
      bytes[bytes.length - 1000] ^= 4;
      return refusesCheckpoint(bytes, /damaged/);
    });

    it('is refused where a bit of the header is flipped', () => {
      const bytes = Buffer.from(intact);
      bytes[8 + 40] ^= 1;
      return refusesCheckpoint(bytes, /checkpoint: /);
    });

    it('is refused where it is something else', () =>
      refusesCheckpoint(Buffer.from('%PDF-1.7 is no checkpoint'), /checkpoint: /));

    it('is refused for another env', async () => {
      await refuses('train corridor --resume run --steps 600'.split(' '), 1, /expected a run on Corridor-v0/);
      await refuses('eval run --env corridor'.split(' '), 1, /observation space of Corridor-v0/);
    });

    it('keeps its seed and its number of worlds', async () => {
      await refuses('train --resume run --seed 2'.split(' '), 2, /--seed cannot be changed/);
      await refuses('train --resume run --set numEnvs=3'.split(' '), 2, /numEnvs cannot be changed/);
    });
  });

  for (const [name, said] of [
    ['nanObservation', /NanObservation-v0, env 0, step 2\d\d: observation\[0\]: expected a finite number/],
    ['nanReward', /NanReward-v0, env 0, step 2\d\d: reward: expected a finite number, got NaN/],
    ['outside', /Outside-v0, env 0, step 2\d\d: observation\[0\]: .*\[0, 1\], got 1\.5/],
    ['throwing', /Throwing-v0, envs 0 to 3, step 2\d\d: the door fell off\n {4}at .*throwing\.ts:4/],
  ] as const) {
    it(`keeps the last good checkpoint of an env that goes wrong: ${name}`, async () => {
      const few = ['--set', 'numSteps=16', '--set', 'numMinibatches=1', '--set', 'network.hidden=[4]'];
      const first = await pufferflow(home, [
        'train',
        fixture(`${name}.ts`),
        ...few,
        ...['--steps', '100', '--json', '--out', name],
      ]);
      assert.equal(first.code, 0, first.stderr);
      const file = join(home, name, 'checkpoint.safetensors');
      const broken = await pufferflow(home, ['train', '--resume', name, '--steps', '9000', '--json']);
      assert.equal(broken.code, 1);
      assert.match(broken.stderr, said);
      assert.match(broken.stderr, new RegExp(`last checkpoint.*${name}`));
      assert.ok(broken.events.every(({ event }) => event !== 'end'));
      assert.equal(
        hashTensors(policyOf(readAgent(readFileSync(file))).weights),
        first.events.at(-1).weightsSha256,
      );
      const judged = await pufferflow(home, ['eval', name, '--episodes', '2', '--json']);
      assert.equal(judged.code, 0, judged.stderr);
      assert.equal(judged.events[0].meanLength, 10);
    });
  }
});
