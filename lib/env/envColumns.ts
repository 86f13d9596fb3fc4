import type { ColumnSpecs } from '../arena.ts';
import type { AnyEnv } from './env.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import type { Autoreset } from './vectorOptions.ts';

/** Columns `state.<name>` of an env's worlds. */
export function stateColumns(env: AnyEnv, numEnvs: number): ColumnSpecs {
  const specs: Record<string, ColumnSpecs[string]> = {};
  for (const [name, spec] of Object.entries(
    env.state as Record<string, ColumnSpecs[string] | ColumnSpecs[string][0]>,
  )) {
    const [type, width] = typeof spec === 'string' ? [spec, 1] : spec;
    specs[`state.${name}`] = [type, width * numEnvs];
  }
  return specs;
}

/** Columns `params.<name>`, a value per world. */
export function paramColumns(env: AnyEnv, numEnvs: number): ColumnSpecs {
  return Object.fromEntries(
    Object.keys(env.params ?? {}).map((name) => [`params.${name}`, ['f64', numEnvs]]),
  );
}

/** What is kept around the env: a step's columns, its bookkeeping and the bounds of its observations. */
export function workColumns(env: AnyEnv, numEnvs: number) {
  const { size } = env.observation;
  return {
    draws: ['u32', numEnvs],
    actions: ['i32', numEnvs],
    rewards: ['f32', numEnvs],
    terminations: ['u8', numEnvs],
    truncations: ['u8', numEnvs],
    masks: ['f32', numEnvs],
    pending: ['u8', numEnvs],
    elapsed: ['i32', numEnvs],
    episodeReturns: ['f64', numEnvs],
    finished: ['i32', numEnvs],
    observations0: ['f32', numEnvs * size],
    observations1: ['f32', numEnvs * size],
    lows: ['f32', 4 * size],
    highs: ['f32', 4 * size],
    recentReturns: ['f64', RecentEpisodes.capacity],
    recentLengths: ['f64', RecentEpisodes.capacity],
  } as const;
}

/** Room for last observations, where autoreset keeps them. */
export function finalColumns(env: AnyEnv, numEnvs: number, autoreset: Autoreset): ColumnSpecs {
  return autoreset === 'SAME_STEP' ? { finalObservations: ['f32', numEnvs * env.observation.size] } : {};
}

/** Four copies of the bounds, so that the kernel may compare four floats at a time whatever the observation's size. */
export function fillBounds(env: AnyEnv, lows: Float32Array, highs: Float32Array): void {
  const { low, high, size } = env.observation;
  for (let i = 0; i < lows.length; i++) {
    lows[i] = low[i % size];
    highs[i] = high[i % size];
  }
}
