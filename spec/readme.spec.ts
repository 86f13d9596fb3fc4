import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');

/** The TypeScript in README.md, block by block. */
const blocks = Array.from(
  readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs),
  ([, code]) => code,
);

/** Runs a program of the package's, in a file of its own beside the examples. */
async function execute(code: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'examples', 'readme-'));
  try {
    writeFileSync(join(folder, 'program.ts'), code);
    const { stdout } = await run(process.execPath, ['--import=tsx', join(folder, 'program.ts')], {
      cwd: root,
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function blockWith(text: string): string {
  const found = blocks.filter((block) => block.includes(text));
  assert.equal(found.length, 1, `README.md: expected one block with ${text}, got ${found.length}`);
  return found[0];
}

describe('README.md', () => {
  it('shows an env that runs, and is envs/corridor.ts to the last character', async () => {
    const snippet = blockWith('export const corridor');
    assert.ok(readFileSync(join(root, 'envs/corridor.ts'), 'utf8').includes(snippet));
    const output = await execute(`
      import { box, defineEnv, discrete, vectorize } from 'pufferflow';
      ${snippet}
      const envs = vectorize(corridor, { numEnvs: 3, seed: 1 });
      envs.actions.fill(1);
      for (let t = 0; t < 20; t++) envs.advance();
      console.log(envs.scores.episodes > 0);
    `);
    assert.equal(output, 'true\n');
  }).timeout(60_000);

  const programs: [title: string, text: string, imports: string][] = [
    ['how values get their types', 'type Observation =', 'box, dict, type Infer, multiDiscrete'],
    [
      'how worlds are saved, forked and recorded',
      'saveState(envs)',
      'loadState, record, replay, saveState, vectorize',
    ],
    ['how to train from code', 'train(cartPole, ppo', ''],
    ['how to train a memory', 'openRun(maskedCartPole, recurrentPpo', ''],
    ['how to train with SAC', 'train(pendulum, sac', ''],
    ['how to bring a policy and a loss', 'await tensorflow(', ''],
  ];
  for (const [title, text, imports] of programs) {
    it(`shows ${title}, and that runs`, async () => {
      const snippet = blockWith(text);
      const own = imports
        ? `import { ${imports} } from 'pufferflow'; import { cartPole } from 'pufferflow/envs';`
        : '';
      const short = snippet.replace(/\b[123]00_000\b/g, '5_000').replace(/\b20_000\b/, '200');
      const output = await execute(`${own}\n${short}`);
      for (const [, comment] of snippet.matchAll(/^\/\/ (observation\..*)$/gm))
        assert.equal(output, `${comment}\n`);
    }).timeout(60_000);
  }

  it('shows how a simulation is wrapped, as examples/wrap.ts does it', () => {
    assert.ok(
      readFileSync(join(root, 'examples/wrap.ts'), 'utf8').includes(blockWith('emulate({').trimEnd()),
    );
  });

  it('shows an optimizer of one’s own as examples/ownLoss.ts has it', () => {
    const example = readFileSync(join(root, 'examples/ownLoss.ts'), 'utf8');
    for (const part of blockWith('OwnOptimizer').trimEnd().split('\n\n'))
      assert.ok(example.includes(part), part);
  });

  for (const [name, text] of [
    ['ppo', 'source(nouns).pipe('],
    ['sac', 'store(replay'],
  ]) {
    it(`shows the page of ${name} as it is`, () => {
      const bare = (code: string) => code.replace(/\s+|,(?=\s*\))/g, '');
      const page = bare(blockWith(text)).replace(/;$/, '');
      assert.ok(bare(readFileSync(join(root, `pipelines/${name}.ts`), 'utf8')).includes(page));
    });
  }
});

describe('examples', () => {
  const programs = readdirSync(join(root, 'examples')).filter((name) => /^[a-z]+\.ts$/i.test(name));
  for (const name of programs) {
    it(`${name} runs as written`, async () => {
      const { stderr } = await run(process.execPath, ['--import=tsx', join('examples', name)], { cwd: root });
      assert.equal(stderr, '');
    }).timeout(120_000);
  }

  it('thermostat.spec.ts holds, in a suite of its own', async () => {
    const { stdout } = await run(process.execPath, [mocha, 'examples/thermostat.spec.ts'], { cwd: root });
    assert.match(stdout, /\n\d\d passed, 0 failed\n$/);
  }).timeout(120_000);
});
