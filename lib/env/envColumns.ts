import type { ColumnSpecs } from '../arena.ts';
import { layout } from '../space/layout.ts';
import { ActionCheck } from './actionCheck.ts';
import type { ColumnarEnv } from './env.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { type StateSpec, stateColumn } from './stateSpec.ts';
import type { Autoreset } from './vectorOptions.ts';

/** Columns `state.<name>` of an env's worlds. */
export function stateColumns(env: ColumnarEnv, numEnvs: number): ColumnSpecs {
  return Object.fromEntries(
    Object.entries(env.state as StateSpec).map(([name, spec]) => {
      const { type, width } = stateColumn(spec);
      return [`state.${name}`, [type, width * numEnvs]];
    }),
  );
}

/** Columns `params.<name>`, a value per world. */
export function paramColumns(env: ColumnarEnv, numEnvs: number): ColumnSpecs {
  return Object.fromEntries(
    Object.keys(env.params ?? {}).map((name) => [`params.${name}`, ['f64', numEnvs]]),
  );
}

/** What is kept around the env: a step's columns and its bookkeeping. */
export function workColumns(env: ColumnarEnv, numEnvs: number) {
  const { dtype, width } = layout(env.observation);
  const action = new ActionCheck(env.action);
  const masks = env.actionMask ? numEnvs * action.choices : 0;
  return {
    draws: ['u32', numEnvs],
    streams: ['u32', numEnvs],
    actions: [action.type, numEnvs * action.width],
    values: [action.type, action.startsAtZero ? 0 : numEnvs * action.width],
    rewards: ['f32', numEnvs],
    terminations: ['u8', numEnvs],
    truncations: ['u8', numEnvs],
    masks: ['f32', numEnvs],
    pending: ['u8', numEnvs],
    ended: ['u8', numEnvs],
    elapsed: ['i32', numEnvs],
    episodeReturns: ['f64', numEnvs],
    finished: ['i32', numEnvs],
    observations0: [dtype, numEnvs * width],
    observations1: [dtype, numEnvs * width],
    actionMasks0: ['u8', masks],
    actionMasks1: ['u8', masks],
    recentReturns: ['f64', RecentEpisodes.capacity],
    recentLengths: ['f64', RecentEpisodes.capacity],
  } as const satisfies ColumnSpecs;
}

/** Room for last observations, where autoreset keeps them. */
export function finalColumns(env: ColumnarEnv, numEnvs: number, autoreset: Autoreset): ColumnSpecs {
  const { dtype, width } = layout(env.observation);
  return autoreset === 'SAME_STEP' ? { finalObservations: [dtype, numEnvs * width] } : {};
}
