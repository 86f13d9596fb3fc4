import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { configure } from '../lib/config.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import { ConfigError, WorkerError } from '../lib/errors.ts';
import { openRun, type Run } from '../pipelines/openRun.ts';
import type { AnyPipeline } from '../pipelines/pipeline.ts';
import { type PpoConfig, ppo } from '../pipelines/ppo.ts';
import type { NamedEnv } from './envModule.ts';
import { type Choice, choosePipeline } from './pipelines.ts';

/** What a training loop's speed depends on. */
export interface Setting {
  readonly numEnvs: number;
  readonly numSteps: number;
  readonly workers: number;
}

export interface TunedSetting extends Setting {
  /** Of the whole loop, rollouts and updates. */
  readonly stepsPerSecond: number;
}

export interface Tuning {
  /** What was measured, by name. */
  readonly pipeline: string;
  /** The env's own setting, on one worker. */
  readonly own: Setting;
  /** Fastest first. */
  readonly settings: readonly TunedSetting[];
  /** An iteration would have taken too long to measure, or more memory than there is. */
  readonly skipped: readonly Setting[];
  /** Why more workers than one were not measured, though they were asked for. */
  readonly alone?: string;
}

export interface TuneOptions {
  /** For which each setting is measured, after half as many for warming up. */
  readonly seconds: number;
  /** Counts of workers; by default 1, 2, 4, … and the cores. */
  readonly workers?: readonly number[];
}

/** Rows of a step, and steps of a rollout, that are tried besides the env's own. */
const ROWS = [64, 256, 1024, 4096];
const STEPS = [32, 64, 128];
/** An iteration may take so many times the seconds of a setting. */
const PATIENCE = 10;

/** Measures settings, the smallest rollouts first, and tells of each before it is measured. */
export async function tune(
  named: NamedEnv,
  { seconds, workers = workerCounts() }: TuneOptions,
  tell: (setting: Setting, index: number, count: number) => void = () => {},
): Promise<Tuning> {
  const { env } = named;
  const { pipeline, changes } = rolling(env.id);
  const config = configure(pipeline.schema, changes) as PpoConfig;
  const grid = settingsOf(env, config, workers);
  const settings: TunedSetting[] = [];
  const skipped: Setting[] = [];
  let alone: string | undefined;
  for (const [index, setting] of grid.entries()) {
    if (alone !== undefined && setting.workers > 1) continue;
    tell(setting, index, grid.length);
    if (expectedSeconds(env, setting, settings) > PATIENCE * seconds) {
      skipped.push(setting);
      continue;
    }
    const run = await opened(named, pipeline, config, setting);
    if (typeof run === 'string') alone = run;
    else if (run === undefined) skipped.push(setting);
    else settings.push({ ...setting, stepsPerSecond: await measure(run, seconds) });
  }
  settings.sort((a, b) => b.stepsPerSecond - a.stepsPerSecond);
  const { numEnvs, numSteps } = config;
  return { pipeline: pipeline.name, own: { numEnvs, numSteps, workers: 1 }, settings, skipped, alone };
}

/** What the env is trained with, if that collects rollouts, or else PPO. */
function rolling(id: string): Choice {
  const choice = choosePipeline(id);
  return choice.pipeline.graph === ppo.graph ? choice : choosePipeline(id, ppo.name);
}

function workerCounts(): number[] {
  const cores = availableParallelism();
  const counts = [cores];
  for (let count = 1; count < cores; count *= 2) counts.push(count);
  return counts;
}

/** All combinations, the smallest rollouts first, and one worker before several. */
function settingsOf(env: AnyEnv, config: PpoConfig, workers: readonly number[]): Setting[] {
  const envs = ROWS.map((rows) => Math.max(1, Math.round(rows / agentsOf(env))));
  const grid = ascending([config.numEnvs, ...envs]).flatMap((numEnvs) =>
    ascending([config.numSteps, ...STEPS]).flatMap((numSteps) =>
      ascending(workers).map((count) => ({ numEnvs, numSteps, workers: count })),
    ),
  );
  return grid.sort((a, b) => a.numEnvs * a.numSteps - b.numEnvs * b.numSteps);
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Rows of a world. */
function agentsOf(env: AnyEnv): number {
  return kindsOf(env).reduce((sum, { slots }) => sum + slots, 0);
}

/** How long an iteration will take, going by the largest rollout before it; 0 if there is none. */
function expectedSeconds(env: AnyEnv, setting: Setting, before: readonly TunedSetting[]): number {
  const like = before.filter(({ workers }) => workers === setting.workers).at(-1);
  return like ? (setting.numEnvs * setting.numSteps * agentsOf(env)) / like.stepsPerSecond : 0;
}

/** A run of the setting; why it has no other threads, if it can't have them; undefined: there is no memory for it. */
async function opened(
  { env, module }: NamedEnv,
  pipeline: AnyPipeline,
  config: PpoConfig,
  { numEnvs, numSteps, workers }: Setting,
): Promise<Run | string | undefined> {
  // More than is measured.
  const changes = { ...config, numEnvs, numSteps, totalSteps: Number.MAX_SAFE_INTEGER };
  try {
    return await openRun(env, pipeline, changes, { workers, module: module && pathToFileURL(module).href });
  } catch (error) {
    if (error instanceof ConfigError && error.cause instanceof RangeError) return undefined;
    const isCrews = error instanceof WorkerError || (error as Error).message.startsWith('workers: ');
    if (workers > 1 && isCrews) return (error as Error).message;
    throw error;
  }
}

/** Env steps a second of whole iterations; closes the run. */
async function measure(run: Run, seconds: number): Promise<number> {
  const warm = performance.now() + 500 * seconds;
  let began: number | undefined;
  let before = 0;
  let speed = 0;
  try {
    await run.metrics.forEach(({ steps }) => {
      const now = performance.now();
      if (began === undefined) {
        if (now < warm) return;
        began = now;
        before = steps;
        return;
      }
      speed = (1000 * (steps - before)) / (now - began);
      if (now - began >= 1000 * seconds) run.stop();
    });
  } finally {
    run.close();
  }
  return speed;
}
