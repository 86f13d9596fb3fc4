import { acrobot } from '../envs/acrobot.ts';
import { cartPole } from '../envs/cartPole.ts';
import { maskedCartPole } from '../envs/maskedCartPole.ts';
import { memory } from '../envs/memory.ts';
import { mountainCar } from '../envs/mountainCar.ts';
import { mountainCarContinuous } from '../envs/mountainCarContinuous.ts';
import { pendulum } from '../envs/pendulum.ts';
import type { PartialConfig } from '../lib/config.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { evaluate } from '../lib/evaluate.ts';
import { openRun, type Run } from '../pipelines/openRun.ts';
import type { Pipeline, RunSchema } from '../pipelines/pipeline.ts';
import { ppo } from '../pipelines/ppo.ts';
import { sac } from '../pipelines/sac.ts';
import { cartPoleZoo, pendulumSde, type Tuned, tuned } from '../pipelines/tuned.ts';
import type { Point } from './chart.ts';
import type { Rule } from './rule.ts';

/** A published result to reach, or a control that must not. */
export interface Lesson {
  readonly name: string;
  readonly env: AnyEnv;
  readonly rule: Rule;
  /** A new run. @param totalSteps instead of the lesson's */
  open(seed: number, totalSteps?: number): Promise<Run>;
}

function lesson<S extends RunSchema, N>(
  name: string,
  env: AnyEnv,
  pipeline: Pipeline<S, N>,
  config: PartialConfig<S> | undefined,
  rule: Rule,
): Lesson {
  return {
    name,
    env,
    rule,
    open(seed, totalSteps) {
      const changes = { seed, ...(totalSteps !== undefined && { totalSteps }) };
      return openRun(env, pipeline, { ...config, ...changes } as PartialConfig<S>) as Promise<Run>;
    },
  };
}

interface MemoryRow {
  readonly name: string;
  readonly env: AnyEnv;
  readonly config: Tuned['recurrentPpo'];
  readonly units: number;
  /** Of MinGRU, whose cells look at what is seen now only: order takes several on top of one another. */
  readonly layers: number;
  /** To be reached with each memory. */
  readonly solved: number;
  /** Not to be exceeded without one. */
  readonly blind: number;
}

function memoryLessons({ name, env, config, units, layers, solved, blind }: MemoryRow): Lesson[] {
  const reach: Rule = { be: 'at least', bar: solved };
  const rows = [
    ['mlp', { kind: 'none' }, { be: 'at most', bar: blind }],
    ['lstm', { kind: 'lstm', units }, reach],
    ['mingru', { kind: 'minGru', units, layers }, reach],
  ] as const;
  return rows.map(([suffix, memory, rule]) =>
    lesson(`${name}-${suffix}`, env, ppo, { ...config, network: { ...config?.network, memory } }, rule),
  );
}

export const lessons: readonly Lesson[] = [
  lesson('cartpole-zoo', cartPole, ppo, cartPoleZoo, { be: 'at least', bar: 475 }),
  lesson('cartpole-cleanrl', cartPole, ppo, {}, { be: 'at least', bar: 475 }),
  lesson('acrobot', acrobot, ppo, {}, { be: 'at least', bar: -100 }),
  lesson('mountaincar', mountainCar, ppo, tuned[mountainCar.id].ppo, { be: 'at least', bar: -130 }),
  lesson('pendulum', pendulum, ppo, tuned[pendulum.id].ppo, { be: 'at least', bar: -250 }),
  lesson('pendulum-gsde', pendulum, ppo, pendulumSde, { be: 'at least', bar: -250 }),
  lesson('sac-pendulum', pendulum, sac, tuned[pendulum.id].sac, { be: 'at least', bar: -200 }),
  lesson('sac-mountaincar-continuous', mountainCarContinuous, sac, tuned[mountainCarContinuous.id].sac, {
    be: 'at least',
    bar: 90,
  }),
  // The negative control: by chance the flag is never reached, and there is nothing to learn from.
  lesson('mountaincar-plain', mountainCar, ppo, {}, { be: 'at most', bar: -195 }),
  ...memoryLessons({
    name: 'memory',
    env: memory,
    config: tuned[memory.id].recurrentPpo,
    units: 32,
    layers: 3,
    solved: 0.95,
    // To guess gets a half.
    blind: 0.6,
  }),
  ...memoryLessons({
    name: 'masked-cartpole',
    env: maskedCartPole,
    config: tuned[maskedCartPole.id].recurrentPpo,
    units: 64,
    layers: 2,
    solved: 475,
    blind: 200,
  }),
];

export interface Outcome {
  readonly seed: number;
  /** Of the evaluation. */
  readonly meanReturn: number;
  readonly steps: number;
  /** Of training. */
  readonly seconds: number;
  readonly solvedAtSteps: number | null;
}

/** What became of a lesson, as `--json` prints it. */
export interface LessonReport {
  readonly name: string;
  readonly env: string;
  readonly rule: Rule;
  /** Median of the seeds' evaluations. */
  readonly median: number;
  readonly seeds: readonly Outcome[];
  readonly passed: boolean;
  readonly picture: string;
}

/** Episodes of an evaluation. */
const EPISODES = 100;
/** Far from the seeds of training. */
const EVALUATION_SEED = 1_000_000;

export interface LearnOptions {
  readonly seed: number;
  /** Instead of the lesson's. */
  readonly totalSteps?: number;
  readonly onProgress?: (done: number, episodeReturn: number) => void;
}

/** Trains one seed to the end and evaluates it on episodes that it has not seen. */
export async function learn(
  { env, open }: Lesson,
  { seed, totalSteps, onProgress = () => {} }: LearnOptions,
): Promise<{ outcome: Outcome; curve: Point[] }> {
  const run = await open(seed, totalSteps);
  try {
    const curve: Point[] = [];
    let last = { steps: 0, seconds: 0, solvedAtSteps: null as number | null };
    await run.metrics.forEach((metrics) => {
      last = metrics;
      const { steps, episodeReturn } = metrics;
      if (!Number.isNaN(episodeReturn)) curve.push({ steps, value: episodeReturn });
      onProgress(steps / run.config.totalSteps, episodeReturn);
    });
    const { meanReturn } = evaluate(env, run.agent, { episodes: EPISODES, seed: EVALUATION_SEED + seed });
    const { steps, seconds, solvedAtSteps } = last;
    return { outcome: { seed, meanReturn, steps, seconds, solvedAtSteps }, curve };
  } finally {
    run.close();
  }
}
