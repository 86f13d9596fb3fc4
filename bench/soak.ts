import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openEngine } from '../cli/engines.ts';
import { findEnv, type NamedEnv } from '../cli/envModule.ts';
import type { Engine } from '../lib/engine/engine.ts';
import { platform } from '../lib/platform.ts';
import { openRun } from '../pipelines/openRun.ts';
import { ppo } from '../pipelines/ppo.ts';
import { rate } from './meter.ts';
import { trend } from './trend.ts';
import { puffer } from './workloads/train.ts';

const usage = `Usage: npm run -s soak -- [env] [--minutes 30] [--workers 2] [--engine wasm] [--json]

Trains an env, squared if none is named, prints a row a minute, and judges at the end whether memory and speed stayed
as they were. Exits with 1 if they did not.`;

/** Rows before memory and speed are as they will be. */
const WARM_UP = 3;
/** Parts of themselves by which memory may grow, and speed fall, from the end of the warming up to the end. */
const GROWTH = 0.02;
const LOSS = 0.05;
const MEGABYTE = 2 ** 20;

/** What happened in a minute, as `--json` prints it. */
export interface SoakRow {
  readonly event: 'row';
  readonly minutes: number;
  /** Env steps since the beginning. */
  readonly steps: number;
  /** Of this minute. */
  readonly stepsPerSecond: number;
  /** Megabytes at its end. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

export interface SoakReport {
  readonly event: 'end';
  readonly steps: number;
  /** After the warming up, fitted: by how much of its mean something changed from first to last, and what is noise. */
  readonly rss: Change;
  readonly stepsPerSecond: Change;
  readonly passed: boolean;
}

export interface Change {
  readonly mean: number;
  /** A minute. */
  readonly slope: number;
  readonly percent: number;
  readonly uncertainty: number;
}

/** Trains for a long time, and looks for leaks and for loss of speed; returns an exit code. */
export async function soak(args: string[]): Promise<number> {
  let options: Awaited<ReturnType<typeof parse>>;
  try {
    options = await parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const { env, engine, minutes, workers, interval, json, help } = options;
  if (help) {
    console.log(usage);
    return 0;
  }
  const threads = workers === 1 ? 'one thread' : `${workers} threads`;
  if (!json)
    console.log(
      `${env.id} on ${threads}${engine ? ` and ${engine.name}` : ''} for ${minutes} minutes\n\n${columns(...TITLES)}`,
    );
  const rows: SoakRow[] = [];
  await train(options, workers, minutes * 60, interval, (row) => {
    rows.push(row);
    console.log(json ? JSON.stringify(row) : line(row));
  });
  const report = judge(rows);
  console.log(json ? JSON.stringify(report) : `\n${verdict(report)}`);
  return report.passed ? 0 : 1;
}

async function parse(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '30' },
      workers: { type: 'string', default: '2' },
      engine: { type: 'string', default: 'wasm' },
      /** For smoke tests: seconds of a row. */
      interval: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const positive = (name: 'minutes' | 'workers' | 'interval') => {
    const value = Number(values[name]);
    if (Number.isFinite(value) && value > 0) return value;
    throw new RangeError(`soak: --${name} expects a positive number, got ${JSON.stringify(values[name])}`);
  };
  const [minutes, workers, interval] = [positive('minutes'), positive('workers'), positive('interval')];
  const rows = Math.round((60 * minutes) / interval);
  if (rows < WARM_UP + 3) throw new RangeError(`soak: expected ${WARM_UP + 3} minutes at least, got ${rows}`);
  if (positionals.length > 1) throw new RangeError(`soak: unexpected argument ${positionals[1]}`);
  const named = await findEnv(positionals[0] ?? 'squared');
  const engine = await openEngine(values.engine);
  return { ...values, ...named, engine, minutes, workers, interval };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** Trains for so many seconds; tells of each `interval` of them, after the iteration in which it ends. */
async function train(
  { env, module, engine }: NamedEnv & { readonly engine?: Engine },
  workers: number,
  seconds: number,
  interval: number,
  tell: (row: SoakRow) => void,
): Promise<void> {
  // A rate that can be borne for ever: the run has no end to anneal to.
  const config = { ...puffer, learningRate: 1e-3 };
  const run = await openRun(env, ppo, config, {
    workers,
    engine,
    module: module && pathToFileURL(module).href,
  });
  const began = platform.now();
  let rowBegan = began;
  let stepsBefore = 0;
  let rows = 0;
  try {
    await run.metrics.forEach(({ steps }) => {
      const now = platform.now();
      if (now < began + 1000 * (rows + 1) * interval) return;
      rows++;
      // What awaits collection is no leak.
      collectGarbage();
      const { rss, heapUsed, external } = process.memoryUsage();
      tell({
        event: 'row',
        minutes: (now - began) / 60_000,
        steps,
        stepsPerSecond: (1000 * (steps - stepsBefore)) / (now - rowBegan),
        rss: rss / MEGABYTE,
        heapUsed: heapUsed / MEGABYTE,
        external: external / MEGABYTE,
      });
      rowBegan = now;
      stepsBefore = steps;
      if (rows * interval >= seconds) run.stop();
    });
  } finally {
    run.close();
  }
}

/** Judges what came after the warming up. */
export function judge(rows: readonly SoakRow[]): SoakReport {
  const settled = rows.slice(WARM_UP);
  const minutes = settled.map((row) => row.minutes);
  const span = minutes[minutes.length - 1] - minutes[0];
  const change = (values: readonly number[]): Change => {
    const { slope, uncertainty, mean } = trend(minutes, values);
    return {
      mean,
      slope,
      percent: (100 * slope * span) / mean,
      uncertainty: (100 * uncertainty * span) / mean,
    };
  };
  const rss = change(settled.map((row) => row.rss));
  const stepsPerSecond = change(settled.map((row) => row.stepsPerSecond));
  const passed =
    rss.percent <= 100 * GROWTH &&
    // Neighbours on the machine make speeds differ from minute to minute; what they may account for is no drift.
    -stepsPerSecond.percent <= Math.max(100 * LOSS, stepsPerSecond.uncertainty);
  return { event: 'end', steps: rows[rows.length - 1].steps, rss, stepsPerSecond, passed };
}

const TITLES = ['minute', 'steps', 'steps/s', 'RSS', 'heap used', 'external'];

function line({ minutes, steps, stepsPerSecond, rss, heapUsed, external }: SoakRow): string {
  const megabytes = [rss, heapUsed, external].map((value) => `${value.toFixed(1)} MB`);
  return columns(minutes.toFixed(1), rate(steps), rate(stepsPerSecond), ...megabytes);
}

function verdict({ steps, rss, stepsPerSecond, passed }: SoakReport): string {
  const told = ({ percent, uncertainty }: Change) =>
    `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(2)} % ± ${uncertainty.toFixed(2)} from first to last`;
  return [
    `${rate(steps)} env steps; after ${WARM_UP} rows of warming up, by a line through the rest:`,
    `  RSS      ${rss.mean.toFixed(1)} MB, ${told(rss)} (${(1024 * rss.slope).toFixed(1)} kB a minute)`,
    `  steps/s  ${rate(stepsPerSecond.mean)}, ${told(stepsPerSecond)}`,
    passed
      ? 'passed: memory is flat, and speed does not fall'
      : `FAILED: memory may grow by ${100 * GROWTH} %, and speed fall by ${100 * LOSS} % or by what is noise`,
  ].join('\n');
}

function columns(...texts: string[]): string {
  const widths = [8, 10, 10, 12, 12, 12];
  return texts.map((text, k) => text.padStart(widths[k])).join('');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await soak(process.argv.slice(2));
}
