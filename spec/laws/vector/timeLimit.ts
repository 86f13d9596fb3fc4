import fc from 'fast-check';
import type { AnyEnv } from '../../../lib/env/env.ts';
import { isStructured } from '../../../lib/env/kinds.ts';
import type { RowGroup } from '../../../lib/env/vectorEnvs.ts';
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
  says: 'An episode is truncated at maxEpisodeSteps steps, each counted from its own beginning, and not later.',
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
    const episodes = new Episodes(player);
    const elapsed = new Int32Array(episodes.count);
    for (let t = 1; t <= play.steps; t++) {
      const before = Array.from(elapsed, (_, i) => episodes.ended(i));
      player.step();
      for (const [i, ended] of before.entries()) {
        const isReset = play.autoreset === 'NEXT_STEP' && ended;
        elapsed[i] = isReset ? 0 : elapsed[i] + 1;
        const place = { step: t, ...episodes.placeOf(i) };
        if (elapsed[i] === most && !episodes.ended(i))
          throw new Breach(place, `expected the episode to end at ${most} steps, and it goes on`);
        if (elapsed[i] < most && !isStructured(env) && episodes.truncated(i))
          throw new Breach(place, `expected no truncation before ${most} steps, got one at ${elapsed[i]}`);
        if (elapsed[i] === most && !episodes.truncated(i) && !episodes.terminated(i))
          throw new Breach(place, `expected a truncation at ${most} steps, got none`);
        if (episodes.ended(i) && play.autoreset === 'SAME_STEP') elapsed[i] = 0;
      }
    }
  },
});

/** What the last step brought the episodes of worlds, or those of agents where each has its own. */
class Episodes {
  readonly count: number;
  readonly #player: VectorPlayer;

  constructor(player: VectorPlayer) {
    this.#player = player;
    this.count = player.isByAgent ? player.envs.groups[0].rows : player.envs.numEnvs;
  }

  ended(i: number): boolean {
    const { isByAgent, envs } = this.#player;
    if (!isByAgent) return envs.ended[i] === 1;
    return this.#some(i, ({ terminations, truncations }, row) => terminations[row] + truncations[row] > 0);
  }

  truncated(i: number): boolean {
    return this.#some(i, ({ truncations }, row) => truncations[row] === 1);
  }

  /** Whether everybody who acted has reached an end for good. */
  terminated(i: number): boolean {
    return !this.#some(i, ({ masks, terminations }, row) => masks[row] !== 0 && terminations[row] !== 1);
  }

  placeOf(i: number): { world: number; field?: string } {
    if (!this.#player.isByAgent) return { world: i };
    const { slots } = this.#player.envs.groups[0];
    return { world: Math.floor(i / slots), field: `agent[${i % slots}]` };
  }

  /** Whether something holds for a row that takes part in an episode. */
  #some(i: number, holds: (group: RowGroup, row: number) => boolean): boolean {
    const { isByAgent, envs } = this.#player;
    return envs.groups.some((group) => {
      const slots = isByAgent ? 1 : group.slots;
      for (let row = i * slots; row < (i + 1) * slots; row++) if (holds(group, row)) return true;
      return false;
    });
  }
}
