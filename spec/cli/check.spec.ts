import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CheckLines } from '../../cli/checkLines.ts';
import { run } from '../../cli/commands.ts';
import { aliases } from '../../cli/envModule.ts';
import { kindsOf } from '../../lib/env/kinds.ts';
import { envLaws } from '../laws/envLaws.ts';
import { pufferflow, scratch } from './pufferflow.ts';

describe('pufferflow check', function () {
  this.timeout(120_000);
  const home = scratch();

  it('names each law, says that it holds, and ends with 0', async () => {
    const { code, stdout, stderr } = await pufferflow(home, 'check cartpole --runs 5'.split(' '));
    assert.equal(code, 0, stderr);
    const cartPole = aliases.get('cartpole');
    assert.ok(cartPole);
    for (const law of envLaws(cartPole)) {
      const line = stdout.split('\n').find((candidate) => candidate.includes(` ${law.name} `));
      assert.ok(line, law.name);
      assert.ok(law.skip(cartPole) ? line.startsWith('  – ') : line.startsWith('  ✓ '), line);
    }
    assert.match(stdout, /^CartPole-v1 · \d+ laws · 5 cases each · seed \d+\n/);
    assert.match(stdout, /\n\d+ hold, \d+ not asked · [\d.]+ s\n$/);
  });

  it('shows a counterexample of a file outside the project, and a line that repeats it alone', async () => {
    const code = `
      import { box, defineEnv, discrete } from 'pufferflow';
      export default defineEnv({
        id: 'Stairs-v0', observation: box(0, 3, [1]), action: discrete(2), state: { x: 'f32' },
        reset({ state }, i) { state.x[i] = 0; },
        step({ state: { x }, actions, rewards, terminations }, from, to) {
          for (let i = from; i < to; i++) { x[i] += actions[i]; rewards[i] = 1; terminations[i] = 0; }
        },
        observe({ state: { x }, observations }, from, to) {
          for (let i = from; i < to; i++) observations[i] = x[i];
        },
      });`;
    mkdirSync(join(home, 'my envs'));
    writeFileSync(join(home, 'my envs/stairs.ts'), code);
    const {
      stdout,
      stderr,
      code: exit,
    } = await pufferflow(home, ['check', 'my envs/stairs.ts', '--runs', '40', '--seed', '7']);
    assert.equal(exit, 1, stderr);
    const problem = 'step 4, world 0: observation[0]: expected a finite number in [0, 3], got 4';
    assert.match(stdout, /✗ observations +Every observation is in its space\./);
    assert.match(stdout, /actions of world 0: 1 ×4\n/);
    assert.ok(stdout.includes(problem), stdout);
    const again = /again: .* (check 'my envs\/stairs.ts' --law observations --seed 7 --path [\d:]+)\n/.exec(
      stdout,
    );
    assert.ok(again, stdout);
    const args = again[1].split(/'(.*)'| /).filter(Boolean);
    const repeated = await pufferflow(home, [...args, '--json']);
    assert.equal(repeated.code, 1);
    assert.equal(repeated.events.length, 1);
    const [{ laws, ...report }] = repeated.events;
    const counts = { holds: 0, broken: 1, skipped: 0 };
    assert.deepEqual(report, { event: 'check', env: 'Stairs-v0', seed: 7, runs: 200, ...counts });
    const [{ result, reason, step, world }] = laws;
    assert.deepEqual(
      { result, reason, step, world },
      { result: 'broken', reason: problem, step: 4, world: 0 },
    );
  });

  it('takes simulations that are emulated, and says what of them cannot be asked', async () => {
    const code = `
      import { emulate, discrete } from 'pufferflow';
      const sees = discrete(2);
      class Coin {
        observationSpace = sees; actionSpace = sees; over = true;
        reset() { this.over = false; return [0, {}]; }
        step(action: number) {
          if (this.over) throw new Error('reset first');
          this.over = true;
          return [action, action, true, false, {}];
        }
      }
      export const coin = emulate({ id: 'Coin-v0', create: () => new Coin() });`;
    writeFileSync(join(home, 'coin.ts'), code);
    const {
      events,
      stderr,
      code: exit,
    } = await pufferflow(home, 'check ./coin.ts --runs 10 --json'.split(' '));
    assert.equal(exit, 0, stderr);
    const skipped = events[0].laws.filter(({ result }: { result: string }) => result === 'skipped');
    const reasons = Object.fromEntries(
      skipped.map(({ name, reason }: Record<string, string>) => [name, reason]),
    );
    assert.equal(reasons['save-load'], 'it has no getState');
    assert.equal(reasons.agents, 'it has one agent');
    assert.equal(events[0].broken, 0);
  });

  for (const [line, said] of [
    ['check', /check: expected an env/],
    ['check cartpoel', /did you mean cartpole/],
    ['check cartpole --law same-sed', /unknown law same-sed; did you mean same-seed\?/],
    ['check cartpole --runs 0', /--runs: expected a positive integer, got 0/],
    ['check cartpole --path 1:2', /--path: expected one --law and a --seed/],
    [
      'check cartpole --law plays --seed 1 --path x',
      /--path: expected numbers and colons, like 3:0:1, got x/,
    ],
  ] as const) {
    it(`refuses: ${line}`, () =>
      assert.rejects(run(line.split(' ')), (error: Error) => {
        assert.match(error.message, said);
        assert.equal(error.name, 'UsageError');
        return true;
      }));
  }

  it('shows on a terminal how far the law under way is, and leaves the verdict alone', () => {
    let text = '';
    const terminal = {
      isTTY: true,
      columns: 80,
      write: (part: string) => {
        text += part;
        return true;
      },
    };
    const env = aliases.get('cartpole') as NonNullable<ReturnType<typeof aliases.get>>;
    const laws = envLaws(env).slice(0, 1);
    const lines = new CheckLines(terminal, { env, laws, runs: 3, seed: 1 });
    lines.begin(laws[0]);
    assert.match(stripVTControlCharacters(text), /plays {2}…$/);
    lines.end({ name: 'plays', says: `It plays. ${'word '.repeat(30)}`.trim(), result: 'holds' });
    assert.ok(text.includes('\r\x1b[K'), 'the progress is wiped out');
    const shown = stripVTControlCharacters(text).split('\r').at(-1) ?? '';
    assert.match(shown, /^ {2}✓ plays {2}It plays\. word/);
    for (const line of shown.split('\n')) assert.ok(line.length < 80, line);
  });
});

describe('every built-in env obeys the laws', function () {
  this.timeout(60_000);
  for (const [alias, env] of aliases) {
    it(alias, async () => {
      // Each of a world's many agents is looked at in each run.
      const runs = kindsOf(env).some(({ slots }) => slots > 16) ? 2 : 10;
      for (const law of envLaws(env)) if (!law.skip(env)) await law.run(env, { runs });
    });
  }
});
