import fc from 'fast-check';
import { decodeState, encodeState } from '../../../lib/env/stateCodec.ts';
import type { State, StructuredEnv } from '../../../lib/env/structured.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { type Bounds, law } from '../law.ts';
import { brief } from '../log.ts';
import { type Frame, sameStory } from '../story.ts';
import { unsaveable } from '../vector/saving.ts';
import { rawPlays } from './cases.ts';
import { playRaw, type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';
import { scribble } from './scribble.ts';

/** A play, another of which the state is taken on, and how long both go on after that. */
interface Continued extends RawPlay {
  readonly other: RawPlay;
  readonly more: number;
}

function continued(_: StructuredEnv, bounds: Bounds): fc.Arbitrary<Continued> {
  return fc
    .tuple(rawPlays(bounds), rawPlays(bounds), fc.integer({ min: 1, max: bounds.steps }))
    .map(([play, other, more]) => ({ ...play, other, more }));
}

/** A player after its play. */
function played(
  env: StructuredEnv,
  play: RawPlay,
  log?: ConstructorParameters<typeof RawPlayer>[2],
): RawPlayer {
  const player = new RawPlayer(new RawWorld(env), play, log);
  player.begin();
  for (let t = 0; t < play.steps; t++) player.step();
  return player;
}

const goOn = (player: RawPlayer, steps: number): Frame[] =>
  Array.from({ length: steps }, () => player.step());
const stateOf = ({ world }: { world: RawWorld }): State =>
  world.guard('getState', () => world.env.getState?.());
const take = ({ world }: RawPlayer, state: State): void =>
  world.guard('setState', () => world.env.setState?.(state));

export const stateGoesOn = law<StructuredEnv, Continued>({
  name: 'state-goes-on',
  says: 'An env that takes on a state goes on as the one that gave it, ends and random numbers included.',
  skip: unsaveable,
  cases: continued,
  holds(env, { other, more, ...play }, log) {
    const giver = played(env, play, { log });
    const state = copyOf(stateOf(giver), giver.world.t);
    // By the same tape, though it has seen other things.
    const taker = new RawPlayer(new RawWorld(env), play);
    taker.begin();
    playRaw(env, other, { world: taker.world });
    take(taker, state);
    taker.goOnFrom(giver);
    sameStory([goOn(giver, more)], [goOn(taker, more)], { step: play.steps + 1, world: 0 });
  },
});

/** A copy, by way of what is saved. */
function copyOf(state: State, step: number): State {
  try {
    return decodeState(encodeState(state));
  } catch (error) {
    throw new Breach({ step }, `getState: ${(error as Error).message}`);
  }
}

export const stateIsCanonical = law<StructuredEnv, Continued>({
  name: 'state-is-canonical',
  says: 'The same state is the same data, whatever the instance that came to it has done before.',
  skip: unsaveable,
  cases: continued,
  holds(env, { other, more: _, ...play }, log) {
    const player = played(env, play, { log });
    const { t } = player.world;
    const state = copyOf(stateOf(player), t);
    const same = (how: string, got: State) => {
      const difference = differenceOf(encodeState(state), encodeState(got), 'state');
      if (difference) {
        const { path: field, expected, got: found } = difference;
        throw new Breach(
          { step: t, field, expected, got: found },
          `${how}: it was ${brief(expected)}, and is ${brief(found)}`,
        );
      }
    };
    same('asked for again', stateOf(player));
    const used = new RawWorld(env);
    playRaw(env, other, { world: used });
    playRaw(env, play, { world: used });
    same('come to again by an instance that was used before', copyOf(stateOf({ world: used }), t));
    const taker = played(env, other);
    take(taker, copyOf(state, t));
    same('after setState', stateOf(taker));
  },
});

export const stateIsApart = law<StructuredEnv, Continued>({
  name: 'state-is-apart',
  says: 'A state that was given or taken is a copy: neither the env nor whoever holds it changes it for the other.',
  skip: unsaveable,
  cases: continued,
  holds(env, { other: _, more, ...play }, log) {
    const player = played(env, play, { log });
    const given = stateOf(player);
    const copy = copyOf(given, player.world.t);
    const expected = goOn(player, more);
    const difference = differenceOf(encodeState(copy), encodeState(given), 'state');
    if (difference)
      throw new Breach(
        { step: play.steps, field: difference.path },
        'later steps write into the state that was given',
      );
    const undo: (() => void)[] = [];
    const writer = played(env, play);
    scribble(stateOf(writer), undo);
    sameStory([expected], [goOn(writer, more)], { step: play.steps + 1, world: 0 });
    const taker = played(env, play);
    const taken = copyOf(copy, play.steps);
    take(taker, taken);
    scribble(taken, undo);
    sameStory([expected], [goOn(taker, more)], { step: play.steps + 1, world: 0 });
  },
});
