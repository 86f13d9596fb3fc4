import { defineEnv } from '../../../lib/env/env.ts';
import { box } from '../../../lib/space/box.ts';
import { walk } from './walk.ts';

/** Fault: who walks to the right for long sees more than the space says. */
export const outOfBounds = defineEnv({ ...walk, id: 'OutOfBounds-v0', observation: box(-10, 3, [1]) });
