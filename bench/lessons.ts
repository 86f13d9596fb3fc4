import { cartPole } from '../envs/cartPole.ts';
import type { PartialConfig } from '../lib/config.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { evaluate } from '../lib/evaluate.ts';
import { openRun } from '../pipelines/openRun.ts';
import { ppo, type ppoSchema } from '../pipelines/ppo.ts';
import { cartPoleZoo } from '../pipelines/tuned.ts';
import type { Point } from './chart.ts';
import { median } from './meter.ts';

/** A published result to reach. */
export interface Lesson {
  readonly name: string;
  readonly env: AnyEnv;
  readonly config: PartialConfig<typeof ppoSchema>;
  /** Mean return that a deterministic evaluation over 100 episodes is to reach. */
  readonly bar: number;
}

export const lessons: readonly Lesson[] = [
  { name: 'cartpole-zoo', env: cartPole, config: cartPoleZoo, bar: 475 },
  { name: 'cartpole-cleanrl', env: cartPole, config: {}, bar: 475 },
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
  readonly bar: number;
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

/** Trains one seed to the end and evaluates it on episodes that it has not seen. */
export async function learn(
  { env, config }: Lesson,
  seed: number,
  onProgress: (done: number, episodeReturn: number) => void = () => {},
): Promise<{ outcome: Outcome; curve: Point[] }> {
  const run = await openRun(env, ppo, { ...config, seed });
  const curve: Point[] = [];
  let last = { steps: 0, seconds: 0, solvedAtSteps: null as number | null };
  await run.metrics.forEach((metrics) => {
    last = metrics;
    const { steps, episodeReturn } = metrics;
    if (!Number.isNaN(episodeReturn)) curve.push({ steps, value: episodeReturn });
    onProgress(steps / run.config.totalSteps, episodeReturn);
  });
  const { meanReturn } = evaluate(env, run.agent, { episodes: EPISODES, seed: EVALUATION_SEED + seed });
  run.close();
  const { steps, seconds, solvedAtSteps } = last;
  return { outcome: { seed, meanReturn, steps, seconds, solvedAtSteps }, curve };
}

/** Whether the median and at least four in five of the seeds reach the bar. */
export function passes(results: readonly number[], bar: number): boolean {
  const reached = results.filter((result) => result >= bar).length;
  return median(results) >= bar && reached >= 0.8 * results.length;
}
