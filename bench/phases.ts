import { lastValueFrom, tap } from 'rxjs';
import type { PartialConfig } from '../lib/config.ts';
import type { Kernels } from '../lib/engine/wasm/kernels.ts';
import { ColumnarEnvs } from '../lib/env/columnarEnvs.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { platform } from '../lib/platform.ts';
import { openRun } from '../pipelines/openRun.ts';
import { ppo, type ppoSchema } from '../pipelines/ppo.ts';
import { type Meter, median } from './meter.ts';
import { Stopwatch } from './stopwatch.ts';

/** Where the time of a training loop on one thread goes. */
export interface Phase {
  readonly phase: string;
  /** Of all time. */
  readonly percent: number;
  readonly nanosecondsPerStep: number;
  /** Null: what it does is not counted. */
  readonly gflops: number | null;
  readonly percentOfPeak: number | null;
}

/** In the order of an iteration; `env` is whole vector steps, with their checks and books. */
const ORDER = [
  ...[
    'env',
    'infer: gather',
    'infer: forward',
    'infer: memory',
    'infer: sampling',
    'copies',
    'GAE',
    'shuffle',
  ],
  ...['moments', 'learn: gather', 'learn: forward', 'learn: memory', 'learn: loss', 'learn: backward input'],
  ...['learn: backward weights', 'learn: backward memory', 'learn: optimizer', 'in between'],
] as const;

type PhaseName = (typeof ORDER)[number];

/** The kernels' phases; those of the env's step are timed as a whole. */
const phases: Partial<Record<keyof Kernels, PhaseName>> = {
  categoricalSample: 'infer: sampling',
  gaussianSample: 'infer: sampling',
  sdeSample: 'infer: sampling',
  keepRows: 'infer: memory',
  scatter: 'infer: memory',
  copy: 'copies',
  gae: 'GAE',
  shuffle: 'shuffle',
  moments: 'moments',
  ppoLoss: 'learn: loss',
  gaussianPpoLoss: 'learn: loss',
  sdeBackward: 'learn: loss',
  denseBackwardInput: 'learn: backward input',
  denseBackwardWeights: 'learn: backward weights',
  lstmBackward: 'learn: backward memory',
  gruBackward: 'learn: backward memory',
  minGruBackward: 'learn: backward memory',
  keepSum: 'learn: backward memory',
  multiplySlopes: 'learn: backward memory',
  reduceGradients: 'learn: optimizer',
  adam: 'learn: optimizer',
  pack: 'learn: optimizer',
  packTransposed: 'learn: optimizer',
};

/** Those that an agent and a learner call, each of them in its own phase. */
const shared: Partial<Record<keyof Kernels, 'forward' | 'memory'>> = {
  denseForward: 'forward',
  sdeForward: 'forward',
  lstmForward: 'memory',
  gruForward: 'memory',
  minGruForward: 'memory',
  keepBlock: 'memory',
};

/** Where the arguments of a dense kernel have outputs; inputs and n follow. */
const dense: Partial<Record<keyof Kernels, number>> = {
  denseForward: 5,
  denseBackwardInput: 5,
  denseBackwardWeights: 4,
};

/** Trains on one thread for some milliseconds, every kernel call timed, and the steps of the env. */
export async function measurePhases(
  env: AnyEnv,
  changes: PartialConfig<typeof ppoSchema>,
  meter: Meter,
  milliseconds: number,
): Promise<Phase[]> {
  const watch = new Stopwatch();
  const run = await withTimedKernels(watch, () => openRun(env, ppo, changes));
  const iterate = () => lastValueFrom(run.metrics.pipe(tap(() => run.stop())));
  try {
    const blocks = run.envs instanceof ColumnarEnvs ? run.envs.blocks : [];
    for (const block of blocks) block.advance = watch.wrap(() => 'env', block.advance.bind(block));
    for (let i = 0; i < 2; i++) await iterate();
    const peaks: number[] = [];
    const laps = new Map<string, { milliseconds: number; flops: number }>();
    const before = run.envs.steps;
    for (const until = platform.now() + milliseconds; peaks.length === 0 || platform.now() < until; ) {
      peaks.push(meter.peak());
      watch.reset();
      await iterate();
      for (const [phase, lap] of watch.laps) {
        const sum = laps.get(phase) ?? { milliseconds: 0, flops: 0 };
        laps.set(phase, { milliseconds: sum.milliseconds + lap.milliseconds, flops: sum.flops + lap.flops });
      }
    }
    laps.set('in between', laps.get('') ?? { milliseconds: 0, flops: 0 });
    laps.delete('');
    const steps = run.envs.steps - before;
    const peak = median(peaks);
    const all = [...laps.values()].reduce((sum, lap) => sum + lap.milliseconds, 0);
    return ORDER.filter((phase) => laps.has(phase)).map((phase) => {
      const { milliseconds: time, flops } = laps.get(phase) as { milliseconds: number; flops: number };
      const gflops = flops > 0 ? flops / time / 1e6 : null;
      return {
        phase,
        percent: (100 * time) / all,
        nanosecondsPerStep: (1e6 * time) / steps,
        gflops,
        percentOfPeak: gflops === null ? null : (100 * gflops) / peak,
      };
    });
  } finally {
    run.close();
  }
}

/** Lines to be printed below the row of a workload. */
export function phaseLines(all: readonly Phase[]): string[] {
  const lines = all.map(({ phase, percent, nanosecondsPerStep, gflops, percentOfPeak }) => {
    const speed =
      gflops === null
        ? ''
        : `${gflops.toFixed(1).padStart(7)} GFLOP/s, ${percentOfPeak?.toFixed(0)} % of peak`;
    return `    ${phase.padEnd(24)}${percent.toFixed(1).padStart(5)} %${nanosecondsPerStep.toFixed(1).padStart(9)} ns${speed}`;
  });
  return ['  phases on one thread, an env step:', ...lines];
}

/** Opens something over kernels that are timed call by call: they are wrapped as they are instantiated. */
async function withTimedKernels<T>(watch: Stopwatch, open: () => Promise<T>): Promise<T> {
  const { Instance } = WebAssembly;
  // Gathering by indices is what learning begins a block with.
  let learning = false;
  const phaseOf = (name: keyof Kernels): ((args: number[]) => string) | undefined => {
    const at = { gather: 1, gatherPacked: 2 }[name as string];
    if (at !== undefined)
      return (args) => {
        learning = args[at] !== 0;
        return learning ? 'learn: gather' : 'infer: gather';
      };
    const part = shared[name];
    if (part) return () => `${learning ? 'learn' : 'infer'}: ${part}`;
    const phase = phases[name];
    return phase && (() => phase);
  };
  class Timed extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      const timed = Object.entries(this.exports).map(([key, kernel]) => {
        const name = key as keyof Kernels;
        const phase = phaseOf(name);
        if (!phase) return [key, kernel];
        const first = dense[name];
        const flops = (args: number[]) => (first ? 2 * args[first] * args[first + 1] * args[first + 2] : 0);
        return [key, watch.wrap(phase, kernel as (...args: number[]) => unknown, flops)];
      });
      Object.defineProperty(this, 'exports', { value: Object.fromEntries(timed) });
    }
  }
  Object.assign(WebAssembly, { Instance: Timed });
  try {
    return await open();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
}
