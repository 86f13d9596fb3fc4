import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

async function bundle(code: string): Promise<string> {
  const { outputFiles, warnings, metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    minify: true,
  });
  assert.deepEqual(warnings, []);
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  assert.deepEqual(left, [], 'imports that the bundle could not take in');
  return outputFiles[0].text;
}

describe('a browser bundle', () => {
  const parts = {
    'the PPO pipeline': `export { train } from './pipelines/train.ts'; export { ppo } from './pipelines/ppo.ts';`,
    loadAgent: `export { loadAgent } from './lib/loadAgent.ts';`,
    'an env': `export { cartPole } from './envs/cartPole.ts';`,
    everything: `export * from './index.ts'; export * from './envs/index.ts';`,
  };
  for (const [name, code] of Object.entries(parts)) {
    it(`of ${name} needs nothing of Node`, async () => {
      assert.ok((await bundle(code)).length > 0);
    });
  }

  it('trains, and plays what it has trained, without Node’s globals', async function () {
    this.timeout(60_000);
    const code = `
      import { train } from './pipelines/train.ts';
      import { openRun } from './pipelines/openRun.ts';
      import { ppo } from './pipelines/ppo.ts';
      import { loadAgent } from './lib/loadAgent.ts';
      import { cartPole } from './envs/cartPole.ts';
      export async function main() {
        const run = await openRun(cartPole, ppo, { totalSteps: 2000, numEnvs: 4, numSteps: 16 });
        await new Promise((resolve, reject) => run.metrics.subscribe({ error: reject, complete: resolve }));
        const action = loadAgent(run.save()).act([0, 0, 0, 0]);
        const steps = run.envs.steps;
        run.close();
        return { action, steps, train };
      }`;
    const text = await bundle(code);
    const { setImmediate, clearImmediate, process } = globalThis;
    const global = globalThis as Record<string, unknown>;
    const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
    const { main } = await import(url);
    try {
      global.setImmediate = undefined;
      global.clearImmediate = undefined;
      global.process = undefined;
      const { action, steps } = await main();
      assert.ok(action === 0 || action === 1);
      assert.ok(steps >= 2000);
    } finally {
      Object.assign(globalThis, { setImmediate, clearImmediate, process });
    }
  });
});
