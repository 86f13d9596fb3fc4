import fc from 'fast-check';
import type { AnyEnv } from '../../../lib/env/env.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import { law } from '../law.ts';
import type { Log } from '../log.ts';
import { cuts, type Play, playFields } from '../plays.ts';
import { type Frame, sameStory } from '../story.ts';
import { VectorPlayer } from './playVector.ts';
import { limited } from './timeLimit.ts';

interface Cut extends Play {
  readonly cut: number;
}

export const autoreset = law<AnyEnv, Cut>({
  name: 'autoreset',
  says: 'NEXT_STEP and SAME_STEP autoreset tell the same story, last observations included; of several agents up to the first end in their world, after which the others go on.',
  cases: (_, { steps }) => fc.record({ ...playFields(steps, { min: 1, max: 3 }), cut: cuts(steps) }),
  holds(env, play, log) {
    const next = transitions(env, play, 'NEXT_STEP', log);
    const same = transitions(env, play, 'SAME_STEP');
    // Without reset steps, a world gets further.
    sameStory(
      next,
      same.map((frames, world) => frames.slice(0, next[world].length)),
    );
  },
});

/** The real transitions of each world, one after another. */
function transitions(env: AnyEnv, { cut, ...play }: Cut, mode: Autoreset, log?: Log): Frame[][] {
  const player = new VectorPlayer(cut ? limited(env, cut) : env, { ...play, autoreset: mode }, { log });
  const story: Frame[][] = play.tapes.map(() => []);
  const isOver = play.tapes.map(() => false);
  for (let t = 0; t < play.steps; t++) {
    const seen = play.tapes.map((_, world) => player.seen(world));
    const resets = play.tapes.map((_, world) => player.awaitsReset(world));
    player.step();
    for (const [world, frames] of story.entries()) {
      if (resets[world] || isOver[world]) continue;
      frames.push({ seen: seen[world], came: player.came(world) });
      isOver[world] = player.isByAgent && player.hasEnd(world);
    }
  }
  return story;
}
