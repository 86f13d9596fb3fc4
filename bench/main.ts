import { realpathSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { engineName } from '../cli/engines.ts';
import { chooseBuild } from '../lib/engine/wasm/kernels.ts';
import { EngineError } from '../lib/errors.ts';
import { catalogue, type Result, select } from './catalogue.ts';
import { Meter, rate } from './meter.ts';
import { phaseLines } from './phases.ts';

const usage = `Usage: npm run -s bench -- [names…] [--engine wasm] [--threads 1,2] [--repeat 5] [--phases] [--json]
  [--deterministic]

Names: ${catalogue.map(({ name }) => name).join(' ')}
A group is what stands before the slash: update, infer, env, train, flatten, graph. No name: all.
--phases says where the time of train/* goes.
--engine tensorflow[:node-gpu|node|webgpu|wasm|cpu] runs PPO's updates on TensorFlow.js.`;

/** Runs benchmarks and prints them; returns an exit code. */
export async function bench(args: string[]): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const { benchmarks, engine, threads, repeats, json, deterministic, quick, phases, help } = options;
  if (help) {
    console.log(usage);
    return 0;
  }
  const single = benchmarks
    .filter(({ parallel }) => !parallel || engine.engine !== 'wasm')
    .map(({ name }) => name);
  if (threads.some((count) => count > 1) && single.length > 0)
    console.error(`bench: measured on one thread only: ${single.join(' ')}`);
  const build = chooseBuild(deterministic);
  const patience = { repeats, repeatTime: quick ? 0 : 500, warmUpTime: quick ? 0 : 500 };
  const meter = await Meter.open(build, patience);
  if (!json) console.log(heading(build, repeats));
  for (const benchmark of benchmarks) {
    const settings = { meter, engine, deterministic, threads, repeats, quick, phases };
    let results: Result[];
    try {
      results = await benchmark.measure(settings);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      console.error(error.message);
      return 1;
    }
    for (const result of results) console.log(json ? JSON.stringify(result) : row(result));
    const [{ phases: parts }] = results;
    if (parts && !json) console.log(phaseLines(parts).join('\n'));
  }
  return 0;
}

function parse(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      engine: { type: 'string', default: 'wasm' },
      threads: { type: 'string', default: '1' },
      repeat: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      deterministic: { type: 'boolean', default: false },
      /** For smoke tests: every workload a moment only. */
      quick: { type: 'boolean', default: false },
      phases: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const engine = engineName(values.engine);
  return {
    ...values,
    engine,
    repeats: count('repeat', 'a positive integer', values.repeat, values.repeat),
    threads: [...new Set(values.threads.split(','))].map((part) =>
      count('threads', 'positive integers', values.threads, part),
    ),
    benchmarks: select(positionals, engine),
  };
}

function count(option: string, expected: string, text: string, part: string): number {
  const value = Number(part);
  if (part !== '' && Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`bench: --${option} expects ${expected}, got ${JSON.stringify(text)}`);
}

function heading(build: string, repeats: number): string {
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, ${build} kernels.`,
    `Medians of ${repeats} repeats (slowest … fastest). The peak is that of 128-bit multiply-adds on one core, measured`,
    'in between the work; the percentage is of as many cores as there are threads. Counts of threads take turns.',
    '',
    columns('', 'threads', 'samples/s', 'slowest … fastest', 'GFLOP/s', 'peak', '% of peak', '× T=1'),
  ].join('\n');
}

function row({
  name,
  threads,
  samplesPerSecond,
  spread,
  gflops,
  peakGflops,
  percentOfPeak,
  scaling,
  engine,
  adapter,
  note,
}: Result): string {
  const where = engine === 'wasm' ? [] : [`on ${engine}`];
  const number = (value: number | null) => value?.toFixed(1) ?? '–';
  return columns(
    name,
    String(threads),
    rate(samplesPerSecond),
    spread.map(rate).join(' … '),
    number(gflops),
    number(peakGflops),
    number(percentOfPeak),
    scaling?.toFixed(2) ?? '–',
    [...where, adapter, note].filter((part) => part !== undefined).join(', '),
  );
}

function columns(name: string, ...rest: (string | undefined)[]): string {
  const widths = [8, 11, 21, 9, 8, 11, 8];
  const padded = rest.slice(0, widths.length).map((text, i) => (text ?? '').padStart(widths[i]));
  return [name.padEnd(24), ...padded, rest[widths.length] ? `   ${rest[widths.length]}` : '']
    .join('')
    .trimEnd();
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await bench(process.argv.slice(2));
}
