import type { Column } from '../../lib/arena.ts';
import { type ColumnarEnv, defineEnv } from '../../lib/env/env.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import type { Space } from '../../lib/space/space.ts';

/** Choices, or bits. */
const DIM = 4;
const LIMIT = 1;

/**
 * The action is to be what is seen: a value of the space, drawn anew at every step. Reward: 1 where no element is further
 * than `tolerance` from the one that is seen, else 0. Truncates after 100 steps, so that the optimum is 100.
 *
 * @param choices of each element; 0: it is a number in [−1, 1]
 * @see IdentityEnv of Stable-Baselines3
 */
function identity(name: string, space: Space, width: number, choices: number, tolerance = 0): ColumnarEnv {
  return defineEnv({
    id: `Identity${name}-v0`,
    observation: space,
    action: space,
    maxEpisodeSteps: 100,
    state: { value: ['f32', width] },
    reset({ state: { value }, rng }, i) {
      for (let k = width * i; k < width * (i + 1); k++)
        value[k] = choices > 0 ? rng.integer(i, 0, choices) : rng.uniform(i, -LIMIT, LIMIT);
    },
    step(context, from, to) {
      const { actions, rewards, terminations } = context;
      const { value } = context.state;
      for (let i = from; i < to; i++) {
        rewards[i] = 1;
        terminations[i] = 0;
        for (let k = width * i; k < width * (i + 1); k++)
          if (Math.abs(actions[k] - value[k]) > tolerance) rewards[i] = 0;
        this.reset(context, i);
      }
    },
    observe({ state: { value }, observations }, from, to) {
      const column: Column = observations;
      for (let k = width * from; k < width * to; k++) column[k] = value[k];
    },
  });
}

export const identityDiscrete = identity('Discrete', discrete(DIM), 1, DIM);
export const identityMultiDiscrete = identity('MultiDiscrete', multiDiscrete([DIM, DIM]), 2, DIM);
export const identityMultiBinary = identity('MultiBinary', multiBinary(DIM), DIM, 2);
export const identityBox = identity('Box', box(-LIMIT, LIMIT, [1]), 1, 0, 0.5);
