import type { EngineName } from '../cli/engines.ts';
import { breakout, cartPole, pong, snake, squared } from '../envs/index.ts';
import { nearest } from '../lib/nearest.ts';
import { compareGraph } from './graph.ts';
import { type Meter, median, rate } from './meter.ts';
import type { Phase } from './phases.ts';
import { type Race, race } from './race.ts';
import { envSteps } from './workloads/envSteps.ts';
import { flattenDict } from './workloads/flattenDict.ts';
import { flattenImage } from './workloads/flattenImage.ts';
import { infer } from './workloads/infer.ts';
import { sacUpdate } from './workloads/sacUpdate.ts';
import { cartPoleIni, cartPoleMinGru, puffer, pufferLstm, train } from './workloads/train.ts';
import { update } from './workloads/update.ts';
import type { OpenOptions, OpenWorkload, Workload } from './workloads/workload.ts';

/** What has been measured, as `--json` prints it. */
export interface Result {
  readonly name: string;
  readonly threads: number;
  /** Samples, or env steps, a second: median over the repeats. */
  readonly samplesPerSecond: number;
  readonly spread: readonly [min: number, max: number];
  /** Null where the operations are not counted. */
  readonly gflops: number | null;
  /** Of one core. */
  readonly peakGflops: number | null;
  /** Of as many cores as threads. */
  readonly percentOfPeak: number | null;
  /** Speed over that of one thread: median of the repeats, in each of which they took turns; null: not measured. */
  readonly scaling: number | null;
  readonly kernel: string;
  /** `wasm` or `tensorflow:…`, and the adapter that computed, where that is told. */
  readonly engine: string;
  readonly adapter?: string;
  /**
   * `graph`: time of the composed graph over that of the loop, and what it may be at most. `flatten`: speed over the
   * rival's, and what it must be at least.
   */
  readonly ratio?: number;
  readonly limit?: number;
  readonly note?: string;
  /** Where the time goes on one thread; in the first row of a workload, if it was asked for. */
  readonly phases?: readonly Phase[];
}

export interface Settings {
  readonly meter: Meter;
  readonly engine: EngineName;
  readonly deterministic: boolean;
  /** Counts of threads to measure side by side, where work can be shared. */
  readonly threads: readonly number[];
  readonly repeats: number;
  readonly quick: boolean;
  /** Whether to say where the time goes. */
  readonly phases: boolean;
}

export interface Benchmark {
  readonly name: string;
  /** Whether threads can share it; it is measured with one thread, if not. */
  readonly parallel: boolean;
  /** Whether TensorFlow.js can do it, too. */
  readonly onDevice: boolean;
  /** A result for each count of threads. */
  measure(settings: Settings): Promise<Result[]>;
}

/** Milliseconds for which phases are measured. */
const PHASE_TIME = 3000;

export const catalogue: readonly Benchmark[] = [
  ...[
    update('W1', 8192),
    update('W1s', 8192),
    update('W2', 8192),
    update('W3', 1024),
    update('nature', 256),
    sacUpdate,
    infer('W1', 1024),
    infer('W1', 8),
    infer('W2', 1024),
    infer('W2', 8),
    envSteps('cartpole', { ...cartPole, kernel: undefined }),
    envSteps('cartpole-kernel', cartPole),
    envSteps('squared', squared),
    envSteps('breakout', breakout),
    envSteps('pong', pong),
    envSteps('snake', snake),
    train('cartpole-mlp128', cartPole, puffer),
    train('squared-mlp128', squared, puffer),
    train('breakout-mlp128', breakout, puffer),
    train('pong-mlp128', pong, puffer),
    train('cartpole-mlp32x2', cartPole, cartPoleIni),
    train('cartpole-lstm128', cartPole, pufferLstm),
    train('squared-lstm128', squared, pufferLstm),
    train('cartpole-mingru32x2', cartPole, cartPoleMinGru),
  ].map(workload),
  ...[flattenDict, flattenImage].map(contest),
  graph({ numEnvs: 8, numSteps: 32, learn: true, limit: 1.1 }),
  graph({ numEnvs: 1024, numSteps: 64, learn: true, limit: 1.01 }),
  graph({ numEnvs: 8, numSteps: 32, learn: false }),
  graph({ numEnvs: 1024, numSteps: 64, learn: false }),
];

/**
 * The benchmarks of these names that the engine can do: a benchmark's own, or what stands before the slash for a group;
 * none: all.
 *
 * @throws RangeError with the nearest name if there is no such benchmark, or if the engine can do none of them
 */
export function select(
  names: readonly string[],
  { engine }: EngineName = { engine: 'wasm' },
): readonly Benchmark[] {
  const known = catalogue.map(({ name }) => name);
  for (const name of names) {
    if (known.some((candidate) => matches(candidate, name))) continue;
    const guess = nearest(name, [...known, ...known.map((candidate) => candidate.split('/')[0])]);
    throw new RangeError(`bench: no benchmark ${name}${guess ? `; did you mean ${guess}?` : ''}`);
  }
  const chosen = catalogue.filter(
    (entry) => names.length === 0 || names.some((name) => matches(entry.name, name)),
  );
  const doable = chosen.filter(({ onDevice }) => onDevice || engine === 'wasm');
  if (doable.length > 0) return doable;
  const able = catalogue.filter(({ onDevice }) => onDevice).map(({ name }) => name);
  throw new RangeError(`bench: --engine ${engine}: expected ${able.join(', ')}, got ${names.join(', ')}`);
}

function matches(candidate: string, name: string): boolean {
  return candidate === name || candidate.startsWith(`${name.replace(/\/$/, '')}/`);
}

function workload({ name, flops, parallel = false, open, onDevice, phases }: Workload): Benchmark {
  return {
    name,
    parallel,
    onDevice: onDevice !== undefined,
    async measure({ meter, engine, deterministic, threads: asked, quick, phases: isAsked }) {
      const isWasm = engine.engine === 'wasm';
      const counts = parallel && isWasm ? asked : [1];
      const opened = (options: OpenOptions) =>
        isWasm || !onDevice ? open(options) : onDevice(options, engine.backend);
      const works: OpenWorkload[] = [];
      try {
        for (const threads of counts) works.push(await opened({ deterministic, threads }));
        const measured = await meter.measure(works.map(({ unit }) => unit));
        const alone = measured[counts.indexOf(1)]?.speeds;
        const parts =
          isAsked && isWasm ? await phases?.({ deterministic }, meter, quick ? 0 : PHASE_TIME) : undefined;
        return measured.map(({ samplesPerSecond, spread, speeds, peakGflops }, k) => {
          const threads = counts[k];
          const gflops = flops === null ? null : (samplesPerSecond * flops) / 1e9;
          return {
            name,
            threads,
            samplesPerSecond,
            spread,
            gflops,
            peakGflops,
            percentOfPeak: gflops === null ? null : (100 * gflops) / (threads * peakGflops),
            scaling: alone && threads > 1 ? median(speeds.map((speed, r) => speed / alone[r])) : null,
            kernel: meter.build,
            engine: works[k].engine ?? 'wasm',
            adapter: works[k].adapter,
            note: works[k].note?.(samplesPerSecond),
            phases: k === 0 ? parts : undefined,
          };
        });
      } finally {
        for (const { close } of works) close?.();
      }
    },
  };
}

/** Of work on one thread, whose operations are not counted. */
const uncounted = {
  threads: 1,
  gflops: null,
  peakGflops: null,
  percentOfPeak: null,
  scaling: null,
  engine: 'wasm',
} as const;

function contest({ name, rival, least, open }: Race): Benchmark {
  return {
    name,
    parallel: false,
    onDevice: false,
    async measure({ meter, deterministic, repeats, quick }) {
      const patience = { repeats, repeatTime: quick ? 0 : 1000, warmUpTime: quick ? 0 : 1000 };
      const { samplesPerSecond, spread, ratio, also } = await race(open({ deterministic }), patience);
      const further = Object.entries(also).map(([form, speed]) => `; ${form} ${rate(speed)}`);
      const result = {
        ...uncounted,
        name,
        samplesPerSecond,
        spread,
        kernel: meter.build,
        ratio,
        limit: least,
        note:
          `${ratio.toFixed(2)} × the speed of ${rival} (at least ${least}: ${ratio >= least ? 'met' : 'missed'})` +
          further.join(''),
      };
      return [result];
    },
  };
}

function graph({
  limit,
  ...shape
}: {
  numEnvs: number;
  numSteps: number;
  learn: boolean;
  limit?: number;
}): Benchmark {
  const name = `graph/${shape.learn ? '' : 'rollout-'}${shape.numEnvs}x${shape.numSteps}`;
  return {
    name,
    parallel: false,
    onDevice: false,
    async measure({ meter, deterministic, repeats, quick }) {
      const options = { deterministic, repeats, repeatTime: quick ? 0 : 4000, warmUpTime: quick ? 0 : 1000 };
      const { samplesPerSecond, spread, ratio } = await compareGraph(shape, options);
      const result = {
        ...uncounted,
        name,
        samplesPerSecond,
        spread,
        kernel: meter.build,
        ratio,
        limit,
        note:
          `${ratio.toFixed(3)} × the time of a loop` +
          (limit ? ` (limit ${limit}: ${ratio <= limit ? 'met' : 'missed'})` : ''),
      };
      return [result];
    },
  };
}
