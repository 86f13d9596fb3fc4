import fc from 'fast-check';
import type { AnyEnv } from '../../../lib/env/env.ts';
import { isStructured } from '../../../lib/env/kinds.ts';
import { Breach } from '../breach.ts';
import { law } from '../law.ts';
import { autoresets, playFields } from '../plays.ts';
import { type VectorPlay, VectorPlayer } from './playVector.ts';

interface Limited extends VectorPlay {
  readonly limit: number;
}

/** The same env with a time limit of its own or an earlier one. */
export function limited<E extends AnyEnv>(env: E, limit: number): E {
  return { ...env, maxEpisodeSteps: Math.min(limit, env.maxEpisodeSteps ?? limit) };
}

export const timeLimit = law<AnyEnv, Limited>({
  name: 'time-limit',
  says: 'An episode is truncated at maxEpisodeSteps steps, each counted from its own reset, and not later.',
  cases: (_, bounds) =>
    fc.record({
      ...playFields(bounds.steps, { min: 1, max: 3 }),
      autoreset: autoresets(bounds),
      limit: fc.integer({ min: 1, max: Math.min(12, bounds.steps) }),
    }),
  holds(env, { limit, ...play }, log) {
    const short = limited(env, limit);
    const most = short.maxEpisodeSteps as number;
    const player = new VectorPlayer(short, play, { log });
    const { envs } = player;
    const elapsed = play.tapes.map(() => 0);
    for (let t = 1; t <= play.steps; t++) {
      const before = [...envs.ended];
      player.step();
      for (let world = 0; world < envs.numEnvs; world++) {
        const isReset = play.autoreset === 'NEXT_STEP' && before[world] === 1;
        elapsed[world] = isReset ? 0 : elapsed[world] + 1;
        const place = { step: t, world };
        if (elapsed[world] === most && !envs.ended[world])
          throw new Breach(place, `expected the episode to end at ${most} steps, and it goes on`);
        if (elapsed[world] < most && !isStructured(env) && truncated(player, world))
          throw new Breach(
            place,
            `expected no truncation before ${most} steps, got one at ${elapsed[world]}`,
          );
        if (elapsed[world] === most && !truncated(player, world) && !allTerminated(player, world))
          throw new Breach(place, `expected a truncation at ${most} steps, got none`);
        if (envs.ended[world] && play.autoreset === 'SAME_STEP') elapsed[world] = 0;
      }
    }
  },
});

function truncated({ envs }: VectorPlayer, world: number): boolean {
  return envs.groups.some(({ truncations, slots }) =>
    truncations.subarray(world * slots, (world + 1) * slots).includes(1),
  );
}

/** Whether everybody who acted has reached an end for good. */
function allTerminated({ envs }: VectorPlayer, world: number): boolean {
  return envs.groups.every(({ terminations, masks, slots }) =>
    Array.from({ length: slots }, (_, slot) => world * slots + slot).every(
      (row) => masks[row] === 0 || terminations[row] === 1,
    ),
  );
}
