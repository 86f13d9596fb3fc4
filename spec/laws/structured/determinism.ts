import fc from 'fast-check';
import type { StructuredEnv } from '../../../lib/env/structured.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { seeds, tapes } from '../plays.ts';
import { sameStory } from '../story.ts';
import { rawPlays } from './cases.ts';
import { playRaw, type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';

export const sameSeed = law<StructuredEnv, RawPlay>({
  name: 'same-seed',
  says: 'The same seed and the same actions give the same, later episodes included.',
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const first = playRaw(env, play, { log });
    sameStory([first], [playRaw(env, play)]);
  },
});

export const resetsGoOn = law<StructuredEnv, { seed: number; resets: number }>({
  name: 'resets-go-on',
  says: 'A reset without a seed goes on with the random numbers, and so the next episodes are repeatable too.',
  cases: () => fc.record({ seed: seeds(), resets: fc.integer({ min: 1, max: 8 }) }),
  holds(env, { seed, resets }) {
    const begin = () => {
      const world = new RawWorld(env);
      const first = structuredClone(world.reset({ seed }));
      return [first, ...Array.from({ length: resets }, () => structuredClone(world.reset()))];
    };
    sameStory([begin()] as never, [begin()] as never);
  },
});

/** How many seeds must not all show the same. */
const SEEDS = 16;

export const otherSeed = law<StructuredEnv, { seed: number; tape: number[] }>({
  name: 'other-seed',
  says: 'Another seed shows something else, if episodes differ from one another at all.',
  every: SEEDS,
  cases: (_, { steps }) => fc.record({ seed: seeds(), tape: tapes(steps) }),
  holds(env, { seed, tape }, log) {
    const steps = 20;
    const play = (world: RawWorld, first: number) =>
      playRaw(env, { seed: first, steps, tape, cut: 0 }, { world });
    const stories = Array.from({ length: SEEDS }, (_, k) => play(new RawWorld(env), seed + k));
    if (stories.some((story) => differenceOf(stories[0], story))) return;
    // Seeds make no difference. Does anything?
    const world = new RawWorld(env);
    const player = new RawPlayer(world, { seed, steps, tape, cut: 0 }, { log });
    player.begin();
    const episodes = Array.from({ length: SEEDS }, () => {
      const frames = [player.rewind()];
      while (frames.length <= steps && !player.atEnd) frames.push(player.step());
      return frames;
    });
    if (episodes.some((episode) => differenceOf(episodes[0], episode)))
      throw new Breach({}, `episodes differ, but those of ${SEEDS} seeds from ${seed} on are the same`);
  },
});

interface Company extends RawPlay {
  readonly others: RawPlay;
}

export const noHiddenState = law<StructuredEnv, Company>({
  name: 'no-hidden-state',
  says: 'Two instances played in turns do what each does alone: they share nothing.',
  cases: (_, bounds) =>
    fc.tuple(rawPlays(bounds), rawPlays(bounds)).map(([play, others]) => ({ ...play, others })),
  holds(env, { others, ...play }, log) {
    const alone = playRaw(env, play, { log });
    const beside = new RawPlayer(new RawWorld(env), others);
    const before = (t: number) => void (t === 0 ? beside.begin() : beside.step());
    sameStory([alone], [playRaw(env, play, { before })]);
  },
});

export const resetForgets = law<StructuredEnv, Company>({
  name: 'reset-forgets',
  says: 'An env that is reset with a seed begins as a new one does, whatever was played before.',
  cases: (_, bounds) =>
    fc.tuple(rawPlays(bounds), rawPlays(bounds)).map(([play, others]) => ({ ...play, others })),
  holds(env, { others: former, ...play }, log) {
    const world = new RawWorld(env);
    playRaw(env, former, { world, log });
    log.acted('', 'reset');
    sameStory([playRaw(env, play)], [playRaw(env, play, { world, log })]);
  },
});
