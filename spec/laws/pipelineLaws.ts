import fc from 'fast-check';
import { lastValueFrom, takeWhile, toArray } from 'rxjs';
import type { AnyEnv } from '../../lib/env/env.ts';
import { openRun, type Run, type RunMetrics } from '../../pipelines/openRun.ts';
import type { AnyPipeline } from '../../pipelines/pipeline.ts';
import { Breach } from './breach.ts';
import { type Law, slowLaw } from './law.ts';
import { seeds } from './plays.ts';
import { same } from './same.ts';
import { unsaveable } from './vector/saving.ts';

/** A pipeline, what it is to be run on, and how. Its runs should be small: each law opens many. */
export interface PipelineSubject {
  readonly pipeline: AnyPipeline;
  readonly env: AnyEnv;
  readonly config?: Readonly<Record<string, unknown>>;
}

interface Iterations {
  readonly seed: number;
  /** Before the run is stopped, and after that. */
  readonly before: number;
  readonly after: number;
}

function iterations(): fc.Arbitrary<Iterations> {
  const some = fc.integer({ min: 1, max: 4 });
  return fc.record({ seed: seeds(), before: some, after: some });
}

const sameSeed = slowLaw<PipelineSubject, Iterations>({
  name: 'same-seed',
  says: 'The same seed trains the same weights by the same way, bit by bit.',
  every: 10,
  cases: iterations,
  async holds(subject, { seed, before }) {
    const [first, second] = [await open(subject, seed), await open(subject, seed)];
    same(await told(first, before), await told(second, before), 'metrics');
    same(first.weightsSha256(), second.weightsSha256(), 'weights');
    close(first, second);
  },
});

const otherSeed = slowLaw<PipelineSubject, Iterations>({
  name: 'other-seed',
  says: 'Another seed trains other weights.',
  every: 10,
  cases: iterations,
  async holds(subject, { seed, before }) {
    const [first, second] = [await open(subject, seed), await open(subject, seed + 1)];
    await told(first, before);
    await told(second, before);
    if (first.weightsSha256() === second.weightsSha256())
      throw new Breach({ field: 'weights' }, `they are the same for the seeds ${seed} and ${seed + 1}`);
    close(first, second);
  },
});

const stopSaveLoad = slowLaw<PipelineSubject, Iterations>({
  name: 'stop-save-load',
  says: 'A run that is stopped, saved, opened and run on ends where one does that was never stopped, bit by bit.',
  skip: ({ env }) => unsaveable(env),
  every: 10,
  cases: iterations,
  async holds(subject, { seed, before, after }) {
    const whole = await open(subject, seed);
    await told(whole, before);
    const expected = await told(whole, after);
    const first = await open(subject, seed);
    await told(first, before);
    const second = await openRun(subject.env, subject.pipeline, first.save());
    same(first.save(), second.save(), 'what is saved after opening');
    same(expected, await told(second, after), 'metrics');
    same(whole.weightsSha256(), second.weightsSha256(), 'weights');
    same(whole.save(), second.save(), 'saved');
    close(whole, first, second);
  },
});

/** The laws of runs; those of the graph itself are `graphLaws`, of its `shapesOf`. */
export const pipelineLaws: readonly Law<PipelineSubject>[] = [sameSeed, otherSeed, stopSaveLoad];

function open({ pipeline, env, config }: PipelineSubject, seed: number): Promise<Run> {
  return openRun(env, pipeline, { ...config, seed, totalSteps: Number.MAX_SAFE_INTEGER } as typeof config &
    object);
}

/** Runs on for some iterations; what they tell, but for what clocks say. */
async function told(run: Run, count: number): Promise<unknown[]> {
  let left = count;
  const metrics = run.metrics.pipe(
    takeWhile(() => {
      if (--left <= 0) run.stop();
      return true;
    }),
    toArray(),
  );
  return (await lastValueFrom(metrics)).map(withoutClocks);
}

function withoutClocks({
  rolloutTime: _,
  updateTime: __,
  seconds: ___,
  sps: ____,
  ...rest
}: RunMetrics): unknown {
  return rest;
}

function close(...runs: readonly Run[]): void {
  for (const run of runs) run.close();
}
