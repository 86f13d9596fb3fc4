import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
/** The one file that imports TensorFlow.js. */
const tensorflow = 'lib/engine/tensorflow/tf.ts';

/** What each layer may import: other layers, and packages. `cli`, `bench`, `examples` and `spec` may import all. */
const layers: Record<string, { readonly folders: readonly string[]; readonly packages: readonly string[] }> =
  {
    kernels: { folders: [], packages: [] },
    lib: { folders: ['kernels'], packages: ['@noble/hashes', 'immer'] },
    // What only Node has; `platform` imports it when threads are asked for.
    'lib/node': { folders: ['lib'], packages: ['node:module', 'node:url', 'node:util', 'piscina', 'tsx'] },
    envs: { folders: ['lib'], packages: [] },
    operators: { folders: ['lib'], packages: ['rxjs'] },
    pipelines: { folders: ['operators', 'lib'], packages: ['rxjs'] },
  };

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return Array.from(found, ([, target]) => ({
    file,
    target: target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target,
  }));
}

const files = Object.keys(layers).flatMap((layer) =>
  readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(layer, name)),
);
const imports = files.filter((file) => !file.startsWith('kernels/')).flatMap(importsOf);

/** The innermost layer that a file is in. */
function layerOf(file: string): string | undefined {
  const found = Object.keys(layers).filter((layer) => file.startsWith(`${layer}/`));
  return found.sort((a, b) => b.length - a.length)[0];
}

describe('the layers', () => {
  it('are seen: there are files and imports in each', () => {
    for (const layer of Object.keys(layers))
      assert.ok(
        files.some((file) => file.startsWith(`${layer}/`)),
        layer,
      );
    assert.ok(imports.length > 100);
  });

  for (const [layer, { folders, packages }] of Object.entries(layers)) {
    it(`${layer} imports only ${[...folders, ...packages].join(', ') || 'nothing'}`, () => {
      const own = imports.filter(({ file }) => layerOf(file) === layer);
      const strangers = own.filter(({ file, target }) => {
        const [head, tail] = target.split('/');
        const name = head.startsWith('@') ? `${head}/${tail}` : head;
        const isAllowed = file === tensorflow && target.startsWith('@tensorflow/tfjs-');
        return !(isAllowed || name === layer || folders.includes(name) || packages.includes(name));
      });
      assert.deepEqual(strangers, []);
    });
  }

  it('keep TensorFlow.js, and its types, out of what pufferflow exports', () => {
    const reached = new Set<string>();
    const visit = (file: string) => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { target } of importsOf(file)) if (target.endsWith('.ts')) visit(target);
    };
    for (const entry of ['index.ts', 'envs/index.ts', 'spec/laws/index.ts']) visit(entry);
    assert.ok(reached.has('lib/engine/engine.ts'));
    assert.ok(!reached.has(tensorflow));
  });

  it('have no import circles', () => {
    const edges = new Map<string, string[]>();
    for (const { file, target } of imports) edges.set(file, [...(edges.get(file) ?? []), target]);
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]) => {
      assert.ok(!path.includes(file), `circle: ${[...path, file].join(' → ')}`);
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
  });
});
