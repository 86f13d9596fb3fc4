import fc from 'fast-check';
import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { type CutPlay, cutPlays, plays } from '../plays.ts';
import { sameStory } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';
import { Player, playColumns } from './playColumns.ts';

export const sameSeed = law<ColumnarEnv, CutPlay>({
  name: 'same-seed',
  says: 'The same seed and the same actions give the same bits.',
  cases: (_, bounds) => cutPlays(bounds),
  holds(env, play, log) {
    const first = playColumns(env, play, { log });
    sameStory(first, playColumns(env, play));
  },
});

/** How many seeds must not all show the same. */
const SEEDS = 16;

export const otherSeed = law<ColumnarEnv, CutPlay>({
  name: 'other-seed',
  says: 'Another seed shows something else, unless the env draws no random numbers.',
  every: SEEDS,
  cases: (_, { steps }) => cutPlays({ steps }, { min: 4, max: 4 }).map((play) => ({ ...play, steps })),
  holds(env, play, log) {
    const stories = Array.from({ length: SEEDS }, (_, k) =>
      playColumns(env, { ...play, seed: play.seed + k }, k === 0 ? { log } : {}),
    );
    const draws = stories.flat(2).some((frame) => frame.draws !== 0);
    if (draws && stories.every((story) => !differenceOf(stories[0], story)))
      throw new Breach({}, `random numbers are drawn, but ${SEEDS} seeds from ${play.seed} on show the same`);
  },
});

interface Company extends CutPlay {
  readonly others: CutPlay;
}

export const noHiddenState = law<ColumnarEnv, Company>({
  name: 'no-hidden-state',
  says: 'Worlds that are played in turns with others do what they do alone: vectors share nothing.',
  cases: (_, bounds) =>
    fc
      .tuple(cutPlays(bounds), plays(bounds))
      .map(([play, others]) => ({ ...play, others: { ...others, cut: 0 } })),
  holds(env, { others, ...play }, log) {
    const alone = playColumns(env, play, { log });
    const beside = new Player(new ColumnWorlds(env, others.tapes.length, others.seed), others);
    const before = (_: ColumnWorlds, t: number) => (t === 0 ? beside.begin() : beside.step());
    sameStory(alone, playColumns(env, play, { before }));
  },
});
