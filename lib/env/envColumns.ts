import type { ColumnSpecs } from '../arena.ts';
import { layout } from '../space/layout.ts';
import { ActionCheck } from './actionCheck.ts';
import type { ColumnarEnv } from './env.ts';
import { EpisodeLog } from './episodeLog.ts';
import { RecentEpisodes } from './recentEpisodes.ts';
import { type StateSpec, stateColumn } from './stateSpec.ts';
import type { Autoreset } from './vectorOptions.ts';

/** Rows that are stepped together, where threads share them out; what comes of it does not depend on it. */
const SHARED_ROWS = 128;
/** The same in one thread: fewer calls, and all that a block's step touches is still near. */
const OWN_ROWS = 1024;

/** A row for each agent of each world. */
export function rowsOf({ agents = 1 }: ColumnarEnv, numEnvs: number): number {
  return numEnvs * agents;
}

/** Worlds that are stepped together: as many as make a block of rows, or one. */
export function blocksOf({ agents = 1 }: ColumnarEnv, numEnvs: number, threads: number) {
  const worlds = Math.max(1, Math.floor((threads > 1 ? SHARED_ROWS : OWN_ROWS) / agents));
  return { worlds, blocks: Math.ceil(numEnvs / worlds) };
}

/** Columns `state.<name>` of an env's worlds. */
export function stateColumns(env: ColumnarEnv, numEnvs: number): ColumnSpecs {
  return Object.fromEntries(
    Object.entries(env.state as StateSpec).map(([name, spec]) => {
      const { type, width, per } = stateColumn(spec);
      const owners = per === 'agent' ? rowsOf(env, numEnvs) : numEnvs;
      return [`state.${name}`, [type, width * owners]];
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
export function workColumns(env: ColumnarEnv, numEnvs: number, clipActions = false) {
  const { dtype, width } = layout(env.observation);
  const action = new ActionCheck(env.action, clipActions);
  const rows = rowsOf(env, numEnvs);
  // As many as there may be: columns are the same for every number of threads.
  const { blocks } = blocksOf(env, numEnvs, 2);
  const masks = env.actionMask ? rows * action.choices : 0;
  return {
    draws: ['u32', numEnvs],
    streams: ['u32', numEnvs],
    actions: [action.type, rows * action.width],
    values: [action.type, action.isVerbatim ? 0 : rows * action.width],
    rewards: ['f32', rows],
    terminations: ['u8', rows],
    truncations: ['u8', rows],
    masks: ['f32', rows],
    spawned: ['u8', env.spawn ? rows : 0],
    pending: ['u8', rows],
    ended: ['u8', numEnvs],
    elapsed: ['i32', rows],
    episodeReturns: ['f64', rows],
    finished: ['i32', rows],
    pendingCounts: ['i32', blocks],
    observations0: [dtype, rows * width],
    observations1: [dtype, rows * width],
    actionMasks0: ['u8', masks],
    actionMasks1: ['u8', masks],
    ...EpisodeLog.columns(env, blocks),
    ...RecentEpisodes.columns(Object.keys(env.scores ?? {}).length),
  } as const satisfies ColumnSpecs;
}

/** Room for last observations, where autoreset keeps them. */
export function finalColumns(env: ColumnarEnv, numEnvs: number, autoreset: Autoreset): ColumnSpecs {
  const { dtype, width } = layout(env.observation);
  return autoreset === 'SAME_STEP' ? { finalObservations: [dtype, rowsOf(env, numEnvs) * width] } : {};
}
