import assert from 'node:assert/strict';
import { catalogue, type Result, select } from '../../bench/catalogue.ts';
import { bench } from '../../bench/main.ts';
import { printed } from './output.ts';

const quick = ['--quick', '--repeat', '1'];

async function results(...args: string[]): Promise<Result[]> {
  const { code, lines, errors } = await printed(() => bench([...args, ...quick, '--json']));
  assert.equal(code, 0, errors);
  return lines.map((line) => JSON.parse(line));
}

describe('bench', () => {
  it('prints one JSON object a line, speeds relative to the peak of the same run', async () => {
    const rows = await results('update/W1', 'infer', 'env');
    assert.deepEqual(
      rows.map(({ name }) => name),
      [
        ...['update/W1', 'infer/W1', 'infer/W1-batch8', 'infer/W2', 'infer/W2-batch8', 'env/cartpole'],
        ...['env/cartpole-kernel', 'env/squared', 'env/breakout', 'env/pong', 'env/snake'],
      ],
    );
    for (const {
      name,
      threads,
      samplesPerSecond,
      spread,
      gflops,
      peakGflops,
      percentOfPeak,
      kernel,
    } of rows) {
      assert.equal(threads, 1);
      assert.ok(samplesPerSecond > 0 && spread[0] <= samplesPerSecond && samplesPerSecond <= spread[1]);
      assert.match(kernel, /^(relaxed-)?simd$/);
      if (name.startsWith('env/')) assert.deepEqual([gflops, percentOfPeak], [null, null]);
      else {
        assert.ok(gflops && peakGflops && percentOfPeak);
        assert.ok(Math.abs(percentOfPeak - (100 * gflops) / peakGflops) < 1e-9);
      }
    }
  });

  it('measures the plain build with --deterministic', async () => {
    const [row] = await results('update/W1s', '--deterministic');
    assert.equal(row.kernel, 'simd');
  });

  it('compares the graph with a loop', async () => {
    const [row] = await results('graph/8x32');
    assert.ok(row.ratio && row.ratio > 0);
    assert.equal(row.limit, 1.1);
  });

  it('measures counts of threads side by side, against as many cores', async () => {
    const rows = await results('update/W1', 'train/cartpole-mlp32x2', '--threads', '1,2,3');
    assert.deepEqual(
      rows.map(({ name, threads }) => `${name} ${threads}`),
      ['update/W1', 'train/cartpole-mlp32x2'].flatMap((name) => [1, 2, 3].map((count) => `${name} ${count}`)),
    );
    for (const [
      k,
      { threads, samplesPerSecond, scaling, gflops, peakGflops, percentOfPeak },
    ] of rows.entries()) {
      assert.ok(gflops && peakGflops && percentOfPeak);
      assert.ok(Math.abs(percentOfPeak - (100 * gflops) / (threads * peakGflops)) < 1e-9);
      // Of one repeat, the median of ratios is the ratio of medians.
      const alone = rows[k - (k % 3)].samplesPerSecond;
      assert.equal(scaling, threads > 1 ? samplesPerSecond / alone : null);
    }
    assert.match(rows[3].note ?? '', /^rollout [\d.]+ %, update [\d.]+ %, other [\d.]+ %$/);
  });

  it('says what only one thread is measured of', async () => {
    const { code, lines, errors } = await printed(() =>
      bench(['infer/W1', '--threads', '2', '--json', ...quick]),
    );
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).threads),
      [1],
    );
    assert.match(errors, /one thread only: infer\/W1$/);
  });

  it('prints a table', async () => {
    const { lines } = await printed(() => bench(['infer/W1', ...quick]));
    assert.match(lines.join('\n'), /infer\/W1 +1 +[\d.]+[kM]/);
  });

  it('selects by name, by group, and everything', () => {
    const names = (...wanted: string[]) => select(wanted).map(({ name }) => name);
    assert.deepEqual(names('update'), ['update/W1', 'update/W1s', 'update/W2', 'update/W3']);
    assert.deepEqual(names('env/cartpole', 'infer/W2'), ['infer/W2', 'env/cartpole']);
    assert.equal(names().length, catalogue.length);
  });

  for (const [what, args, message] of [
    ['an unknown name', ['update/W9'], /no benchmark update\/W9; did you mean update\/W\d/],
    ['threads that are no count', ['--threads', '0'], /--threads expects positive integers, got "0"/],
    ['repeats that are no count', ['--repeat', 'many'], /--repeat expects a positive integer, got "many"/],
    ['an unknown option', ['--fast'], /Unknown option '--fast'/],
  ] as const) {
    it(`refuses ${what} with exit code 2`, async () => {
      const { code, lines, errors } = await printed(() => bench([...args]));
      assert.equal(code, 2);
      assert.deepEqual(lines, []);
      assert.match(errors, message);
    });
  }
});
