import { appo } from './appo.ts';
import { ppo } from './ppo.ts';
import { recurrentPpo } from './recurrentPpo.ts';
import { sac } from './sac.ts';

/** The pipelines that can be asked for by name. */
export const prebuilt = { ppo, recurrentPpo, appo, sac } as const;
