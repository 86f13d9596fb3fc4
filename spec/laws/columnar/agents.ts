import fc from 'fast-check';
import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { Breach } from '../breach.ts';
import { Chooser } from '../chooser.ts';
import { law } from '../law.ts';
import { type CutPlay, cutPlays } from '../plays.ts';
import { sameStory } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';
import { Player, playColumns } from './playColumns.ts';

export const spawned = law<ColumnarEnv, CutPlay & { draw: number }>({
  name: 'spawned',
  says: 'In the step after its spawn an agent does nothing, whatever it is told: its reward and termination are 0.',
  skip: ({ spawn }) => (spawn ? undefined : 'its agents do not come anew: it has no spawn'),
  cases: (_, bounds) => fc.tuple(cutPlays(bounds), fc.nat()).map(([play, draw]) => ({ ...play, draw })),
  holds(env, { draw, ...play }, log) {
    const worlds = new ColumnWorlds(env, play.tapes.length, play.seed);
    const { rewards, terminations, spawned } = worlds.columns;
    const player = new Player(worlds, play, log);
    player.begin();
    for (let step = 1; step <= play.steps; step++) {
      player.step();
      for (const [row, flag] of spawned.entries()) {
        for (const [name, column] of Object.entries({ reward: rewards, termination: terminations })) {
          if (flag === 0 || column[row] === 0) continue;
          const place = { step, world: worlds.worldOf(row), field: worlds.fieldOf(row, name) };
          throw new Breach({ ...place, expected: 0, got: column[row] });
        }
      }
    }
    const idle = new Chooser(env.action).choose(draw, undefined);
    sameStory(playColumns(env, play), playColumns(env, play, { idle }));
  },
});
