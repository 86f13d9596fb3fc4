import type { StructuredEnv } from '../../../lib/env/structured.ts';
import type { Law } from '../law.ts';
import { noHiddenState, otherSeed, resetForgets, resetsGoOn, sameSeed } from './determinism.ts';
import { emulation } from './emulation.ts';
import { afterEnd, close, resetFirst } from './manners.ts';
import { actionMasks, forbiddenActions } from './masks.ts';
import { noAliasing, ownMemory } from './memory.ts';
import { firstStep, flags, formFault, observations, plays, returns, rewards, spaces } from './outputs.ts';
import { agents, keys } from './population.ts';
import { stateGoesOn, stateIsApart, stateIsCanonical } from './state.ts';

export { formFault };

/** The laws of structured envs: of an instance by itself, and of its rows. */
export const structuredLaws: readonly Law<StructuredEnv>[] = [
  spaces,
  plays,
  returns,
  observations,
  rewards,
  flags,
  agents,
  keys,
  firstStep,
  resetFirst,
  afterEnd,
  close,
  sameSeed,
  resetsGoOn,
  otherSeed,
  noHiddenState,
  resetForgets,
  noAliasing,
  ownMemory,
  actionMasks,
  forbiddenActions,
  stateGoesOn,
  stateIsCanonical,
  stateIsApart,
  emulation,
];
