import assert from 'node:assert/strict';
import { catalogue, type Result, select } from '../../bench/catalogue.ts';
import { bench } from '../../bench/main.ts';
import { cartPoleIni, stepFlops } from '../../bench/workloads/train.ts';
import { cartPole } from '../../envs/cartPole.ts';
import { configure } from '../../lib/config.ts';
import { countFlops } from '../../lib/engine/flops.ts';
import { networkOf } from '../../lib/engine/wasm/actorCriticOptions.ts';
import { kindsOf } from '../../lib/env/kinds.ts';
import { ppoSchema } from '../../pipelines/ppo.ts';
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
    const rows = await results('update/W1', 'train/cartpole-mlp32x2', '--threads', '1,3');
    assert.deepEqual(
      rows.map(({ name, threads }) => `${name} ${threads}`),
      ['update/W1', 'train/cartpole-mlp32x2'].flatMap((name) => [1, 3].map((count) => `${name} ${count}`)),
    );
    for (const [
      k,
      { threads, samplesPerSecond, scaling, gflops, peakGflops, percentOfPeak },
    ] of rows.entries()) {
      assert.ok(gflops && peakGflops && percentOfPeak);
      assert.ok(Math.abs(percentOfPeak - (100 * gflops) / (threads * peakGflops)) < 1e-9);
      // Of one repeat, the median of ratios is the ratio of medians.
      const alone = rows[k - (k % 2)].samplesPerSecond;
      assert.equal(scaling, threads > 1 ? samplesPerSecond / alone : null);
    }
    assert.match(rows[2].note ?? '', /^rollout [\d.]+ %, update [\d.]+ %, other [\d.]+ %$/);
  });

  it('tells the phases of a memory apart', async () => {
    const [{ phases }] = await results('train/cartpole-mingru32x2', '--phases');
    for (const name of ['infer: memory', 'learn: memory', 'learn: backward memory'])
      assert.ok(
        phases?.some(({ phase, percent }) => phase === name && percent > 0),
        name,
      );
  });

  it('says where the time goes, and counts in the kernels what the workload is said to do', async () => {
    const [row] = await results('train/cartpole-mlp32x2', '--phases');
    const parts = row.phases ?? [];
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum(parts.map(({ percent }) => percent)) - 100) < 1e-6);
    for (const name of ['env', 'infer: sampling', 'learn: loss', 'learn: optimizer', 'GAE', 'shuffle'])
      assert.ok(parts.some(({ phase }) => phase === name));
    const flops = sum(parts.map(({ gflops, nanosecondsPerStep }) => (gflops ?? 0) * nanosecondsPerStep));
    const counted = stepFlops(cartPole, configure(ppoSchema, cartPoleIni));
    const { network } = configure(ppoSchema, cartPoleIni);
    const { infer } = countFlops(networkOf(kindsOf(cartPole)[0], network));
    // The last observations of a rollout are valued, too, and reset rows acted on: no pole falls within 8 steps.
    const besides = (flops - counted) / infer - 1 / cartPoleIni.numSteps;
    assert.ok(besides > 0 && besides < 1 / 8, `${besides}`);
  });

  it('tells updates of soft actor-critic a second, shared by threads', async () => {
    const rows = await results('update/sac', '--threads', '1,2');
    assert.deepEqual(
      rows.map(({ note }) => note),
      rows.map(({ samplesPerSecond }) => `${(samplesPerSecond / 256).toFixed(1)} updates/s`),
    );
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
    const updates = ['W1', 'W1s', 'W2', 'W3', 'nature'].map((name) => `update/${name}`);
    assert.deepEqual(names('update'), [...updates, 'update/sac']);
    assert.deepEqual(names('env/cartpole', 'infer/W2'), ['infer/W2', 'env/cartpole']);
    assert.equal(names().length, catalogue.length);
    const onDevice = (...wanted: string[]) =>
      select(wanted, { engine: 'tensorflow' }).map(({ name }) => name);
    assert.deepEqual(onDevice(), updates);
    assert.deepEqual(onDevice('update/sac', 'update/W3'), ['update/W3']);
  });

  it('runs updates on another engine, and names it', async () => {
    const [row] = await results('update/W1s', '--engine', 'tensorflow:wasm');
    assert.deepEqual([row.name, row.threads, row.engine], ['update/W1s', 1, 'tensorflow:wasm']);
    assert.ok(row.samplesPerSecond > 0 && row.gflops);
    const { lines } = await printed(() => bench(['update/W1s', '--engine', 'tensorflow:wasm', ...quick]));
    assert.match(lines.join('\n'), /update\/W1s .* on tensorflow:wasm$/m);
  });

  for (const [what, args, message] of [
    ['an unknown name', ['update/W9'], /no benchmark update\/W9; did you mean update\/W\d/],
    ['threads that are no count', ['--threads', '0'], /--threads expects positive integers, got "0"/],
    ['repeats that are no count', ['--repeat', 'many'], /--repeat expects a positive integer, got "many"/],
    [
      'an unknown engine',
      ['--engine', 'tensorflow:gpu'],
      /unknown engine tensorflow:gpu; did you mean tensorflow:cpu/,
    ],
    [
      'what an engine cannot do',
      ['infer/W1', '--engine', 'tensorflow'],
      /expected update\/W1, .* got infer\/W1/,
    ],
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
