import fc from 'fast-check';
import { decodeState, encodeState } from '../../../lib/env/stateCodec.ts';
import type { State, StructuredEnv } from '../../../lib/env/structured.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { type Bounds, law } from '../law.ts';
import { brief, type Log } from '../log.ts';
import { type Story, sameStory } from '../story.ts';
import { unsaveable } from '../vector/saving.ts';
import { rawPlays } from './cases.ts';
import { playRaw, type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';
import { scribble } from './scribble.ts';

/** A play that is interrupted after `at` of its steps, and what another instance has done before it goes on. */
interface Continued extends RawPlay {
  readonly at: number;
  readonly other: RawPlay;
}

function continued(_: StructuredEnv, bounds: Bounds): fc.Arbitrary<Continued> {
  return fc
    .tuple(rawPlays(bounds), rawPlays(bounds), fc.nat(bounds.steps))
    .map(([play, other, at]) => ({ ...play, at: Math.min(at, play.steps - 1), other }));
}

/** A player after some steps of its play. */
function reach(env: StructuredEnv, play: RawPlay, steps: number, log?: Log): RawPlayer {
  const player = new RawPlayer(new RawWorld(env), play, { log });
  player.begin();
  for (let t = 0; t < steps; t++) player.step();
  return player;
}

/** What comes after them, after the first `at`. */
function rest(player: RawPlayer, { steps }: RawPlay, at: number): Story {
  return [Array.from({ length: steps - at }, () => player.step())];
}

const stateOf = ({ world }: { world: RawWorld }): State =>
  unfailing('getState', () => world.env.getState?.());
const take = ({ world }: RawPlayer, state: State): void =>
  unfailing('setState', () => world.env.setState?.(state));

/** A fault of what these laws are about is a breach of them, not of another law. */
function unfailing<T>(method: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Breach({}, `${method} threw: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export const stateGoesOn = law<StructuredEnv, Continued>({
  name: 'state-goes-on',
  says: 'An env that takes on a state goes on as the one that gave it, ends and random numbers included.',
  skip: unsaveable,
  cases: continued,
  holds(env, { other, at, ...play }, log) {
    const giver = reach(env, play, at, log);
    const state = copyOf(stateOf(giver), at);
    const taker = reach(env, play, 0);
    playRaw(env, other, { world: taker.world });
    take(taker, state);
    taker.goOnFrom(giver);
    sameStory(rest(giver, play, at), rest(taker, play, at), { step: at + 1, world: 0 });
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
  holds(env, { other, at, ...play }, log) {
    const player = reach(env, play, at, log);
    const state = copyOf(stateOf(player), at);
    const same = (how: string, got: State) => {
      const difference = differenceOf(encodeState(state), encodeState(copyOf(got, at)), 'state');
      if (!difference) return;
      const { path: field, expected, got: found } = difference;
      throw new Breach(
        { step: at, field, expected, got: found },
        `${how}: it was ${brief(expected)}, and is ${brief(found)}`,
      );
    };
    same('asked for again', stateOf(player));
    const used = new RawWorld(env);
    playRaw(env, other, { world: used });
    playRaw(env, { ...play, steps: at }, { world: used });
    same('come to again by an instance that was used before', stateOf({ world: used }));
    const taker = reach(env, other, other.steps);
    take(taker, copyOf(state, at));
    same('after setState', stateOf(taker));
  },
});

export const stateIsApart = law<StructuredEnv, Continued>({
  name: 'state-is-apart',
  says: 'A state that was given or taken is a copy: neither the env nor whoever holds it changes it for the other.',
  skip: unsaveable,
  cases: continued,
  holds(env, { other: _, at, ...play }, log) {
    const player = reach(env, play, at, log);
    const given = stateOf(player);
    const copy = copyOf(given, at);
    const expected = rest(player, play, at);
    const difference = differenceOf(encodeState(copy), encodeState(given), 'state');
    if (difference) {
      const place = { step: at, field: difference.path };
      throw new Breach(place, 'later steps write into the state that was given');
    }
    const writer = reach(env, play, at);
    scribble(stateOf(writer), []);
    sameStory(expected, rest(writer, play, at), { step: at + 1, world: 0 });
    const taker = reach(env, play, at);
    const taken = copyOf(copy, at);
    take(taker, taken);
    scribble(taken, []);
    sameStory(expected, rest(taker, play, at), { step: at + 1, world: 0 });
  },
});
