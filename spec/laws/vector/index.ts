import type { AnyEnv } from '../../../lib/env/env.ts';
import type { Law } from '../law.ts';
import { autoreset } from './autoreset.ts';
import { fork, sameBytes, saveLoad } from './saving.ts';
import { timeLimit } from './timeLimit.ts';

/** The laws of envs of every form in a vector. */
export const vectorLaws: readonly Law<AnyEnv>[] = [timeLimit, autoreset, saveLoad, sameBytes, fork];
