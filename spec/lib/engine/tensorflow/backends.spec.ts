import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import util from 'node:util';
import { build } from 'esbuild';
import { Device } from '../../../../lib/engine/tensorflow/device.ts';

const root = join(import.meta.dirname, '../../../..');
const core = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core');

/**
 * A package that stands for tfjs-node: it calls what Node has no longer, and computes as tfjs-backend-cpu does.
 *
 * @param isUsingGpuDevice what it says of itself
 */
function fake(isUsingGpuDevice: boolean): string {
  return `
    const util = require('util');
    const tf = require(${JSON.stringify(core)});
    const { MathBackendCPU } = require(require.resolve('@tensorflow/tfjs-backend-cpu', { paths: [${JSON.stringify(root)}] }));
    require(require.resolve('@tensorflow/tfjs-layers', { paths: [${JSON.stringify(root)}] }));
    class Fake extends MathBackendCPU {
      isUsingGpuDevice = ${isUsingGpuDevice};
      write(values, shape, type) {
        util.isNullOrUndefined(values);
        return super.write(values, shape, type);
      }
    }
    if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
    else tf.copyRegisteredKernels('cpu', 'tensorflow');
    tf.registerBackend('tensorflow', () => new Fake());
    Object.assign(module.exports, tf);`;
}

describe('the packages of a backend', () => {
  const home = mkdtempSync(join(tmpdir(), 'pufferflow-'));
  const cwd = process.cwd();
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  const { isNullOrUndefined } = old;
  let folders = 0;

  /** Works in a folder that has these packages. */
  function workWith(packages: Readonly<Record<string, string>>): void {
    const folder = join(home, `${folders++}`);
    mkdirSync(folder);
    for (const [name, code] of Object.entries(packages)) {
      const place = join(folder, 'node_modules', name);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'index.js'), code);
    }
    process.chdir(folder);
  }

  beforeEach(() => {
    old.isNullOrUndefined = undefined;
  });
  afterEach(() => {
    process.chdir(cwd);
    old.isNullOrUndefined = isNullOrUndefined;
  });
  after(() => rmSync(home, { recursive: true }));

  for (const backend of ['node-gpu', 'node'] as const) {
    it(`of ${backend}: where they are missing, the line to type is told`, async () => {
      workWith({});
      await assert.rejects(Device.open(backend), {
        name: 'EngineError',
        message: `tensorflow:${backend} is not installed: npm i @tensorflow/tfjs-${backend}`,
      });
    });
  }

  it('of node: learn on any Node', async () => {
    workWith({ '@tensorflow/tfjs-node': fake(false) });
    const device = await Device.open('node');
    const { tf } = device;
    assert.equal(device.adapter, 'CPU');
    const slope = device.tidy(() => tf.grad((x) => tf.square(x))(tf.tensor1d([3])));
    assert.deepEqual(Array.from(await device.read(slope)), [6]);
  });

  it('of node-gpu: with CUDA it is the best; without, others are, and it says so', async () => {
    workWith({ '@tensorflow/tfjs-node-gpu': fake(true), '@tensorflow/tfjs-node': fake(false) });
    const best = await Device.open();
    assert.equal(`${best.backend} ${best.adapter}`, 'node-gpu CUDA');
    workWith({ '@tensorflow/tfjs-node-gpu': fake(false), '@tensorflow/tfjs-node': fake(false) });
    assert.equal((await Device.open()).backend, 'node');
    await assert.rejects(Device.open('node-gpu'), { name: 'EngineError', message: /CUDA 11.2/ });
  });

  it('that do not load: the reason is told', async () => {
    workWith({ '@tensorflow/tfjs-node': `throw new Error('its addon is for another machine');` });
    await assert.rejects(Device.open('node'), {
      name: 'EngineError',
      message: 'tensorflow:node: its addon is for another machine',
    });
  });

  describe('in a bundle for a browser', () => {
    const bundle = async (folder: string, contents: string) => {
      const { metafile, warnings } = await build({
        stdin: { contents, resolveDir: folder },
        bundle: true,
        format: 'esm',
        write: false,
        metafile: true,
      });
      assert.deepEqual(warnings, []);
      return Object.values(metafile.outputs);
    };
    const used = `export { ppo } from './pipelines/ppo.ts'; export { openRun } from './pipelines/openRun.ts';`;
    const engine = `export { Device } from './lib/engine/tensorflow/device.ts';`;
    const isTheirs = (path: string) => path.includes('@tensorflow/');

    it('are there only if the engine is used', async () => {
      const inputsOf = async (code: string) =>
        (await bundle(root, code)).flatMap(({ inputs }) => Object.keys(inputs));
      assert.deepEqual((await inputsOf(used)).filter(isTheirs), []);
      assert.ok((await inputsOf(engine)).some(isTheirs));
    });

    it('may be missing', async () => {
      const bare = join(home, 'bare');
      for (const name of ['index.ts', 'kernels/binaries.ts', 'lib', 'operators', 'pipelines', 'envs'])
        cpSync(join(root, name), join(bare, name), { recursive: true });
      mkdirSync(join(bare, 'node_modules/@noble'), { recursive: true });
      for (const name of ['rxjs', 'immer', '@noble/hashes', 'tslib'])
        symlinkSync(join(root, 'node_modules', name), join(bare, 'node_modules', name));
      const outputs = await bundle(bare, `${used}${engine}`);
      assert.ok(outputs[0].imports.some(({ path, external }) => external && isTheirs(path)));
    });
  });
});
