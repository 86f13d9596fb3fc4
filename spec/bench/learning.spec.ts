import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chart, medianCurve } from '../../bench/chart.ts';
import { learning } from '../../bench/learning.ts';
import { type LessonReport, lessons } from '../../bench/lessons.ts';
import { passes } from '../../bench/rule.ts';
import { printed } from './output.ts';

const out = mkdtempSync(join(tmpdir(), 'learning-'));
after(() => rmSync(out, { recursive: true }));

describe('learning', () => {
  it('reports every seed of a row, draws the curves, and fails where the bar is not reached', async () => {
    const { code, lines, errors } = await printed(() =>
      learning(['cartpole-zoo', '--seeds', '2', '--steps', '600', '--out', out, '--json']),
    );
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    const report: LessonReport = JSON.parse(lines[0]);
    assert.deepEqual(Object.keys(report), ['name', 'env', 'rule', 'median', 'seeds', 'passed', 'picture']);
    assert.deepEqual(report.rule, { be: 'at least', bar: 475 });
    assert.deepEqual(
      report.seeds.map(({ seed }) => seed),
      [1, 2],
    );
    for (const { meanReturn, steps, seconds, solvedAtSteps } of report.seeds) {
      assert.ok(meanReturn > 0 && steps >= 600 && seconds > 0);
      assert.equal(solvedAtSteps, null);
    }
    assert.match(readFileSync(report.picture, 'utf8'), /^<svg [\s\S]*stroke-dasharray[\s\S]*<\/svg>\n$/);
    assert.match(errors, /cartpole-zoo, seed 2 of 2: 100 %/);
  });

  it('refuses an unknown row with a suggestion and exit code 2', async () => {
    const { code, errors } = await printed(() => learning(['cartpole-zo']));
    assert.equal(code, 2);
    assert.match(errors, /no row cartpole-zo; did you mean cartpole-zoo\?/);
  });
});

describe('the table', () => {
  it('has rows that can be opened, each under a name of its own', async () => {
    assert.equal(new Set(lessons.map(({ name }) => name)).size, lessons.length);
    for (const { open } of lessons) (await open(1)).close();
  });

  for (const name of ['cartpole-zoo', 'memory-mlp'])
    it(`${name} passes with one seed`, async () => {
      const { code, lines } = await printed(() => learning([name, '--seeds', '1', '--out', out]));
      assert.equal(code, 0, lines.join('\n'));
    }).timeout(120_000);
});

describe('passes', () => {
  it('asks for the median and four in five', () => {
    const rule = { be: 'at least', bar: 475 } as const;
    assert.ok(passes([500, 475, 480, 500, 100], rule));
    assert.ok(!passes([500, 500, 500, 474, 100], rule));
    assert.ok(!passes([500, 474], rule));
    assert.ok(passes([475], rule));
  });

  it('turns round where the bar is not to be exceeded', () => {
    const rule = { be: 'at most', bar: -195 } as const;
    assert.ok(passes([-200, -195, -200, -200, -120], rule));
    assert.ok(!passes([-200, -200, -200, -194, -194], rule));
  });
});

describe('chart', () => {
  it('goes by the points that all curves have', () => {
    const curves = [
      [
        { steps: 10, value: 1 },
        { steps: 20, value: 5 },
      ],
      [{ steps: 12, value: 3 }],
    ];
    assert.deepEqual(medianCurve(curves), [{ steps: 11, value: 2 }]);
  });

  it('draws an axis where there are no curves yet', () =>
    assert.doesNotMatch(
      chart({ title: 'a', subtitle: 'b', curves: [], rule: { be: 'at least', bar: 1 } }),
      /NaN|Infinity/,
    ));
});
