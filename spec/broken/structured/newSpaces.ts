import { emulate } from '../../../lib/env/emulate.ts';
import type { GymnasiumEnv } from '../../../lib/env/structured.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { sees, Walk } from './walk.ts';

/** Fault: its action space is another one at every call. */
function create(): GymnasiumEnv {
  const env = new Walk();
  return Object.defineProperties(env, {
    observationSpace: { get: () => sees },
    actionSpace: { get: () => discrete(3) },
  }) as unknown as GymnasiumEnv;
}

export const newSpaces = emulate({ id: 'NewSpaces-v0', create });
