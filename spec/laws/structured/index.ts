import type { StructuredEnv } from '../../../lib/env/structured.ts';
import type { Law } from '../law.ts';
import { noHiddenState, otherSeed, resetForgets, resetsGoOn, sameSeed } from './determinism.ts';
import { emulation } from './emulation.ts';
import { close, order } from './manners.ts';
import { actionMasks } from './masks.ts';
import { noAliasing, ownMemory } from './memory.ts';
import { firstStep, flags, observations, plays, returns, rewards, spaces } from './outputs.ts';
import { agents, keys } from './population.ts';
import { stateGoesOn, stateIsApart, stateIsCanonical } from './state.ts';

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
  order,
  close,
  sameSeed,
  resetsGoOn,
  otherSeed,
  noHiddenState,
  resetForgets,
  noAliasing,
  ownMemory,
  actionMasks,
  stateGoesOn,
  stateIsCanonical,
  stateIsApart,
  emulation,
];
