import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { engineName, engineNames } from '../../cli/engines.ts';
import { pufferflow, scratch } from './pufferflow.ts';

describe('engineName', () => {
  it('reads what --engine may say', () => {
    assert.deepEqual(engineName('wasm'), { engine: 'wasm' });
    assert.deepEqual(engineName('tensorflow'), { engine: 'tensorflow' });
    assert.deepEqual(engineName('tensorflow:node-gpu'), { engine: 'tensorflow', backend: 'node-gpu' });
    for (const name of engineNames) assert.ok(engineName(name));
    assert.throws(() => engineName('tensorflow:webgl'), /unknown engine tensorflow:webgl; did you mean/);
  });
});

describe('pufferflow train --engine', function () {
  this.timeout(120_000);
  const home = scratch();
  const train = (...args: string[]) => pufferflow(home, ['train', ...args]);

  it('learns on TensorFlow, says so, and goes on with it or without', async () => {
    const asked = [
      '--engine',
      'tensorflow:cpu',
      '--set',
      'network.hidden=[8]',
      '--workers',
      '2',
      '--envs',
      '4',
    ];
    const first = await train('cartpole', ...asked, '--steps', '600', '--out', 'run', '--json');
    assert.equal(first.code, 0, first.stderr);
    const engine = { learning: 'tensorflow:cpu', acting: 'wasm' };
    assert.deepEqual(first.events[0].engine, engine);
    assert.ok(Number.isFinite(first.events[1].losses.loss));
    for (const name of ['tensorflow:wasm', 'wasm']) {
      const more = await train(
        '--resume',
        'run',
        '--out',
        name.replace(':', '-'),
        '--steps',
        '1200',
        '--engine',
        name,
      );
      assert.equal(more.code, 0, more.stderr);
      assert.match(
        more.stdout,
        name === 'wasm' ? /seed 1 · (relaxed-)?simd/ : /seed 1 · tensorflow:wasm, acting: wasm/,
      );
    }
  });

  it('fails at once with the line to type where something is to be installed, and leaves no folder', async () => {
    const { code, stderr, stdout } = await train(
      'cartpole',
      '--engine',
      'tensorflow:node-gpu',
      '--out',
      'none',
    );
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /tensorflow:node-gpu is not installed: npm i @tensorflow\/tfjs-node-gpu/);
    assert.ok(!readdirSync(join(home)).includes('none'));
  });
});
