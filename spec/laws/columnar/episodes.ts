import fc from 'fast-check';
import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { law } from '../law.ts';
import { type CutPlay, cutPlays, drawOf, lengths, tapes } from '../plays.ts';
import { type Frame, sameStory } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';
import { Player } from './playColumns.ts';

export const resetForgets = law<ColumnarEnv, CutPlay & { next: { steps: number; tape: number[] } }>({
  name: 'reset-forgets',
  says: 'A world that is reset goes on as a new one would that draws the same random numbers.',
  cases: (_, bounds) => {
    const next = fc.record({ steps: lengths(bounds.steps), tape: tapes(bounds.steps) });
    return fc
      .tuple(cutPlays(bounds, { min: 1, max: 1 }), next)
      .map(([play, rest]) => ({ ...play, next: rest }));
  },
  holds(env, { next, ...play }, log) {
    const used = new ColumnWorlds(env, 1, play.seed);
    const player = new Player(used, play, log);
    player.begin();
    for (let t = 0; t < play.steps; t++) player.step();
    const fresh = new ColumnWorlds(env, 1, play.seed);
    fresh.columns.draws.set(used.columns.draws);
    log.acted('world 0', 'reset');
    sameStory([episode(fresh, next.tape, next.steps)], [episode(used, next.tape, next.steps)], {
      step: play.steps,
      world: 0,
    });
  },
});

/** What a single world shows until the first end of an episode in it; it is reset first. */
function episode(worlds: ColumnWorlds, tape: readonly number[], steps: number): Frame[] {
  const { rewards, terminations } = worlds.columns;
  const came = (row: number) => ({ reward: rewards[row], termination: terminations[row] });
  worlds.reset(0);
  worlds.columns.spawned.fill(0);
  worlds.observe();
  const frames = [worlds.shown(0)];
  for (let t = 0; t < steps; t++) {
    for (let row = 0; row < worlds.rows; row++) worlds.act(row, drawOf(tape, t + row));
    worlds.step(0, 1);
    worlds.observe();
    frames.push(worlds.shown(0, came));
    if (terminations.some((flag) => flag !== 0)) break;
  }
  return frames;
}
