import { breakout, cartPole, pong, snake, squared } from '../envs/index.ts';
import { nearest } from '../lib/nearest.ts';
import { compareGraph } from './graph.ts';
import { type Meter, rate } from './meter.ts';
import { type Race, race } from './race.ts';
import { cartPoleTrain } from './workloads/cartPoleTrain.ts';
import { envSteps } from './workloads/envSteps.ts';
import { flattenDict } from './workloads/flattenDict.ts';
import { flattenImage } from './workloads/flattenImage.ts';
import { infer } from './workloads/infer.ts';
import { update } from './workloads/update.ts';
import type { Workload } from './workloads/workload.ts';

/** What has been measured, as `--json` prints it. */
export interface Result {
  readonly name: string;
  readonly threads: number;
  /** Samples, or env steps, a second: median over the repeats. */
  readonly samplesPerSecond: number;
  readonly spread: readonly [min: number, max: number];
  /** Null where the operations are not counted. */
  readonly gflops: number | null;
  readonly peakGflops: number | null;
  readonly percentOfPeak: number | null;
  readonly kernel: string;
  /**
   * `graph`: time of the composed graph over that of the loop, and what it may be at most. `flatten`: speed over the
   * rival's, and what it must be at least.
   */
  readonly ratio?: number;
  readonly limit?: number;
  readonly note?: string;
}

export interface Settings {
  readonly meter: Meter;
  readonly deterministic: boolean;
  readonly repeats: number;
  readonly quick: boolean;
}

export interface Benchmark {
  readonly name: string;
  measure(settings: Settings): Promise<Result>;
}

export const catalogue: readonly Benchmark[] = [
  ...[
    update('W1', 8192),
    update('W1s', 8192),
    update('W2', 8192),
    update('W3', 1024),
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
    cartPoleTrain,
  ].map(workload),
  ...[flattenDict, flattenImage].map(contest),
  graph({ numEnvs: 8, numSteps: 32, learn: true, limit: 1.1 }),
  graph({ numEnvs: 1024, numSteps: 64, learn: true, limit: 1.01 }),
  graph({ numEnvs: 8, numSteps: 32, learn: false }),
  graph({ numEnvs: 1024, numSteps: 64, learn: false }),
];

/**
 * The benchmarks of these names: a benchmark's own, or what stands before the slash for a group; none: all.
 *
 * @throws RangeError with the nearest name if there is no such benchmark
 */
export function select(names: readonly string[]): readonly Benchmark[] {
  const known = catalogue.map(({ name }) => name);
  for (const name of names) {
    if (known.some((candidate) => matches(candidate, name))) continue;
    const guess = nearest(name, [...known, ...known.map((candidate) => candidate.split('/')[0])]);
    throw new RangeError(`bench: no benchmark ${name}${guess ? `; did you mean ${guess}?` : ''}`);
  }
  return catalogue.filter((entry) => names.length === 0 || names.some((name) => matches(entry.name, name)));
}

function matches(candidate: string, name: string): boolean {
  return candidate === name || candidate.startsWith(`${name.replace(/\/$/, '')}/`);
}

function workload({ name, flops, open }: Workload): Benchmark {
  return {
    name,
    async measure({ meter, deterministic }) {
      const { unit, note, close } = await open({ deterministic });
      const { samplesPerSecond, spread, peakGflops } = await meter.measure(unit);
      const gflops = flops === null ? null : (samplesPerSecond * flops) / 1e9;
      const result = {
        name,
        threads: 1,
        samplesPerSecond,
        spread,
        gflops,
        peakGflops,
        percentOfPeak: gflops === null ? null : (100 * gflops) / peakGflops,
        kernel: meter.build,
        note: note?.(samplesPerSecond),
      };
      close?.();
      return result;
    },
  };
}

function contest({ name, rival, least, open }: Race): Benchmark {
  return {
    name,
    async measure({ meter, deterministic, repeats, quick }) {
      const patience = { repeats, repeatTime: quick ? 0 : 1000, warmUpTime: quick ? 0 : 1000 };
      const { samplesPerSecond, spread, ratio, also } = await race(open({ deterministic }), patience);
      const further = Object.entries(also).map(([form, speed]) => `; ${form} ${rate(speed)}`);
      return {
        name,
        threads: 1,
        samplesPerSecond,
        spread,
        gflops: null,
        peakGflops: null,
        percentOfPeak: null,
        kernel: meter.build,
        ratio,
        limit: least,
        note:
          `${ratio.toFixed(2)} × the speed of ${rival} (at least ${least}: ${ratio >= least ? 'met' : 'missed'})` +
          further.join(''),
      };
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
    async measure({ meter, deterministic, repeats, quick }) {
      const options = { deterministic, repeats, repeatTime: quick ? 0 : 4000, warmUpTime: quick ? 0 : 1000 };
      const { samplesPerSecond, spread, ratio } = await compareGraph(shape, options);
      return {
        name,
        threads: 1,
        samplesPerSecond,
        spread,
        gflops: null,
        peakGflops: null,
        percentOfPeak: null,
        kernel: meter.build,
        ratio,
        limit,
        note:
          `${ratio.toFixed(3)} × the time of a loop` +
          (limit ? ` (limit ${limit}: ${ratio <= limit ? 'met' : 'missed'})` : ''),
      };
    },
  };
}
