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
import { ppo, type ppoSchema } from '../pipelines/ppo.ts';
import { sac, type sacSchema } from '../pipelines/sac.ts';
import { cartPoleZoo } from '../pipelines/tuned.ts';
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
  config: PartialConfig<S>,
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

type PpoChanges = PartialConfig<typeof ppoSchema>;
type SacChanges = PartialConfig<typeof sacSchema>;

/** What Stable-Baselines3 does unlike CleanRL. */
const stableBaselines: PpoChanges = { learningRate: 3e-4, clipVloss: false, entCoef: 0 };

/** RL-Zoo's settings (rl-baselines3-zoo, hyperparams/ppo.yml). */
const mountainCarZoo: PpoChanges = {
  ...stableBaselines,
  totalSteps: 1_000_000,
  numEnvs: 16,
  numSteps: 16,
  gaeLambda: 0.98,
  normalizeRewards: true,
  network: { normalizeObservations: true },
};
const pendulumZoo: PpoChanges = {
  ...stableBaselines,
  totalSteps: 100_000,
  numEnvs: 4,
  numSteps: 1024,
  numMinibatches: 64,
  updateEpochs: 10,
  gamma: 0.9,
  learningRate: 1e-3,
};

/** RL-Zoo's (rl-baselines3-zoo, hyperparams/sac.yml). */
const sacPendulum: SacChanges = {
  totalSteps: 20_000,
  bufferSize: 20_000,
  learningStarts: 100,
  policyLearningRate: 1e-3,
  qLearningRate: 1e-3,
};
const sacMountainCar: SacChanges = {
  totalSteps: 50_000,
  bufferSize: 50_000,
  learningStarts: 0,
  batchSize: 512,
  policyLearningRate: 3e-4,
  qLearningRate: 3e-4,
  autotune: false,
  alpha: 0.1,
  trainFrequency: 32,
  gradientSteps: 32,
  gamma: 0.9999,
  tau: 0.01,
  // In place of gSDE: noise that changes from step to step never gets the car to swing.
  noisePeriod: 32,
  network: { hidden: [64, 64] },
};

/** Much entropy for long: without it agents learn to answer with the majority of the bits, and no more. */
const remembering: PpoChanges = {
  totalSteps: 300_000,
  numEnvs: 64,
  numSteps: 32,
  numMinibatches: 8,
  updateEpochs: 8,
  gamma: 1,
  gaeLambda: 1,
  learningRate: { from: 5e-3, to: 0 },
  clipVloss: false,
  entCoef: { from: 0.15, to: 0 },
  network: { hidden: [32], shared: true },
};
const maskedZoo: PpoChanges = {
  ...cartPoleZoo,
  totalSteps: 300_000,
  numEnvs: 32,
  numSteps: 64,
  numMinibatches: 4,
  updateEpochs: 10,
  network: { hidden: [64], shared: true, normalizeObservations: true },
};

interface MemoryRow {
  readonly name: string;
  readonly env: AnyEnv;
  readonly config: PpoChanges;
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
    lesson(`${name}-${suffix}`, env, ppo, { ...config, network: { ...config.network, memory } }, rule),
  );
}

export const lessons: readonly Lesson[] = [
  lesson('cartpole-zoo', cartPole, ppo, cartPoleZoo, { be: 'at least', bar: 475 }),
  lesson('cartpole-cleanrl', cartPole, ppo, {}, { be: 'at least', bar: 475 }),
  lesson('acrobot', acrobot, ppo, {}, { be: 'at least', bar: -100 }),
  lesson('mountaincar', mountainCar, ppo, mountainCarZoo, { be: 'at least', bar: -130 }),
  lesson('pendulum', pendulum, ppo, pendulumZoo, { be: 'at least', bar: -250 }),
  lesson('sac-pendulum', pendulum, sac, sacPendulum, { be: 'at least', bar: -200 }),
  lesson('sac-mountaincar-continuous', mountainCarContinuous, sac, sacMountainCar, {
    be: 'at least',
    bar: 90,
  }),
  // The negative control: by chance the flag is never reached, and there is nothing to learn from.
  lesson('mountaincar-plain', mountainCar, ppo, {}, { be: 'at most', bar: -195 }),
  ...memoryLessons({
    name: 'memory',
    env: memory,
    config: remembering,
    units: 32,
    layers: 3,
    solved: 0.95,
    // To guess gets a half.
    blind: 0.6,
  }),
  ...memoryLessons({
    name: 'masked-cartpole',
    env: maskedCartPole,
    config: maskedZoo,
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
