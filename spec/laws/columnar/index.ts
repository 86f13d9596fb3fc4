import type { ColumnarEnv } from '../../../lib/env/env.ts';
import type { Law } from '../law.ts';
import { spawned } from './agents.ts';
import { noHiddenState, otherSeed, sameSeed } from './determinism.ts';
import { resetForgets } from './episodes.ts';
import { actionMasks, forbiddenActions } from './masks.ts';
import { observations, plays, rewards, terminations } from './outputs.ts';
import { divisions, observe, ownRows, worldsApart } from './rows.ts';

/** The laws of columnar envs, of their methods alone. */
export const columnarLaws: readonly Law<ColumnarEnv>[] = [
  plays,
  observations,
  rewards,
  terminations,
  sameSeed,
  otherSeed,
  noHiddenState,
  divisions,
  worldsApart,
  ownRows,
  observe,
  resetForgets,
  spawned,
  actionMasks,
  forbiddenActions,
];
