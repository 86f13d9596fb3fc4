import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changesOf } from '../../cli/arguments.ts';
import { RunFolder } from '../../cli/runFolder.ts';
import { scratch } from './pufferflow.ts';

describe('RunFolder', () => {
  const home = scratch();
  const settings = { version: '0', pipeline: 'ppo', env: 'A-v0', kernel: 'simd', config: {} };

  it('is named after env, seed and time, and never twice the same', () => {
    const here = process.cwd();
    process.chdir(home);
    try {
      const time = new Date('2026-01-02T03:04:05Z');
      const folder = RunFolder.named('my/Env-v0', 7, time);
      assert.equal(folder.path, join('runs', 'my_Env-v0-7-20260102-030405'));
      folder.begin(settings);
      assert.equal(RunFolder.named('my/Env-v0', 7, time).path, `${folder.path}-2`);
    } finally {
      process.chdir(here);
    }
  });

  it('keeps the file that is there when writing another one fails', () => {
    const folder = RunFolder.free(join(home, 'full'));
    folder.begin(settings);
    folder.saveCheckpoint(Buffer.from('good'));
    // A directory in the place of the draft: what a full disk does, for a test.
    mkdirSync(join(home, 'full', 'checkpoint.safetensors.tmp'));
    assert.throws(() => folder.saveCheckpoint(Buffer.from('bad')));
    assert.equal(readFileSync(folder.checkpoint, 'utf8'), 'good');
  });

  it('leaves no drafts behind', () => {
    const folder = RunFolder.free(join(home, 'tidy'));
    folder.begin(settings);
    folder.record({ steps: 1, seconds: 1, episodeReturn: 1 });
    folder.saveCheckpoint(Buffer.from('good'));
    folder.saveCurve('<svg/>');
    assert.deepEqual(readdirSync(folder.path).sort(), [
      'checkpoint.safetensors',
      'config.json',
      'curve.svg',
      'metrics.jsonl',
    ]);
  });

  it('writes the metrics before the checkpoint that they lead to', () => {
    const folder = RunFolder.free(join(home, 'order'));
    folder.begin(settings);
    folder.keep([{ steps: 1, seconds: 1, episodeReturn: null }]);
    folder.record({ steps: 2, seconds: 2, episodeReturn: 3 });
    folder.record({ steps: 3, seconds: 3, episodeReturn: 4 });
    folder.saveCheckpoint(Buffer.from('at 3'));
    assert.deepEqual(
      folder.metricsUpTo(2).map(({ steps }) => steps),
      [1, 2],
    );
    assert.deepEqual(
      folder.metricsUpTo(9).map(({ steps }) => steps),
      [1, 2, 3],
    );
  });

  it("finds the env's module from wherever it is asked", () => {
    const folder = RunFolder.free(join(home, 'a', 'b'));
    const module = join(home, 'my-env.ts');
    folder.begin({ ...settings, module });
    assert.equal(folder.module, module);
    assert.equal(
      JSON.parse(readFileSync(join(folder.path, 'config.json'), 'utf8')).module,
      '../../my-env.ts',
    );
  });
});

describe('changesOf', () => {
  it('reads dotted keys and JSON values, or else strings', () => {
    const pairs = ['gamma=0.9', 'network.hidden=[8,8]', 'network.activation=relu', 'normAdv=false', 'x=a=b'];
    assert.deepEqual(JSON.parse(JSON.stringify(changesOf(pairs))), {
      gamma: 0.9,
      network: { hidden: [8, 8], activation: 'relu' },
      normAdv: false,
      x: 'a=b',
    });
    assert.throws(() => changesOf(['network=3', 'network.hidden=[1]']), /contradicts/);
    assert.throws(() => changesOf(['=3']), /expected key=value/);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    changesOf(['__proto__.polluted=true']);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});
