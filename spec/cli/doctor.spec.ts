import assert from 'node:assert/strict';
import { engineName, engineNames } from '../../cli/engines.ts';
import { backends, packages } from '../../lib/engine/tensorflow/backends.ts';
import { pufferflow, scratch } from './pufferflow.ts';

describe('pufferflow doctor', function () {
  this.timeout(120_000);
  const home = scratch();

  it('tells of each engine whether it works here, or what to install', async () => {
    const { code, events, stderr } = await pufferflow(home, ['doctor', '--json']);
    assert.equal(code, 0, stderr);
    const [{ engines, node, cores, best }] = events;
    assert.equal(node, process.versions.node);
    assert.ok(cores >= 1);
    const found = new Map<
      string,
      { works: boolean; reason?: string; version?: string; isImitated?: boolean }
    >(engines.map(({ engine, ...rest }: { engine: string }) => [engine, rest]));
    assert.deepEqual([...found.keys()], ['wasm', ...backends.map((backend) => `tensorflow:${backend}`)]);
    for (const name of ['tensorflow:wasm', 'tensorflow:cpu']) {
      assert.equal(found.get(name)?.works, true, found.get(name)?.reason);
      assert.match(found.get(name)?.version ?? '', /^4\./);
    }
    const works = (backend: string) => {
      const { works, isImitated } = found.get(`tensorflow:${backend}`) ?? {};
      return works && !isImitated;
    };
    assert.equal(best, backends.find(works));
    for (const { works, reason } of found.values()) assert.equal(works, reason === undefined);
    const gpu = found.get('tensorflow:node-gpu');
    if (!gpu?.works) assert.match(gpu?.reason ?? '', /npm i @tensorflow\/tfjs-node-gpu$|CUDA|node-gpu:/);
  });

  it('writes it down, with what measures a graphics processor where there is none here', async () => {
    const { code, stdout } = await pufferflow(home, ['doctor']);
    assert.equal(code, 0);
    for (const name of engineNames)
      if (name !== 'tensorflow') assert.match(stdout, new RegExp(`^  [✓✗] ${name} `, 'm'));
    assert.match(stdout, /^--engine tensorflow is tensorflow:[a-z-]+ here\.$/m);
    const isAdvised = stdout.includes(`npm i ${packages.webgpu.join(' ')}\n`);
    assert.equal(isAdvised, !/tensorflow:(node-gpu|webgpu) here/.test(stdout));
    assert.equal(isAdvised, stdout.includes('bench update/W3 --engine tensorflow:webgpu'));
  });
});

describe('the name of an engine', () => {
  it('is one of those listed; tensorflow’s backend need not be named', () => {
    assert.deepEqual(engineNames.map(engineName), [
      { engine: 'wasm' },
      { engine: 'tensorflow' },
      ...backends.map((backend) => ({ engine: 'tensorflow', backend })),
    ]);
  });

  it('is guessed where it is misspelt', () => {
    const errors: [string, RegExp][] = [
      ['tensorflow:gpu', /unknown engine tensorflow:gpu; did you mean tensorflow:/],
      ['tensrflow', /did you mean tensorflow\?/],
      ['wasm:cpu', /unknown engine wasm:cpu/],
      ['', /unknown engine/],
    ];
    for (const [text, message] of errors)
      assert.throws(() => engineName(text), { name: 'UsageError', message });
  });
});
