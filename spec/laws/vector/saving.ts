import fc from 'fast-check';
import type { AnyEnv } from '../../../lib/env/env.ts';
import { isStructured } from '../../../lib/env/kinds.ts';
import { loadState, saveState } from '../../../lib/env/saveState.ts';
import { CheckpointError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { type Bounds, law } from '../law.ts';
import { autoresets, cuts, playFields } from '../plays.ts';
import { sameStory } from '../story.ts';
import { type VectorPlay, VectorPlayer } from './playVector.ts';
import { limited } from './timeLimit.ts';

/** A play that is interrupted after `at` of its steps, of an env with a time limit of `cut` steps or its own. */
interface Interrupted extends VectorPlay {
  readonly at: number;
  readonly cut: number;
}

function interrupted(bounds: Bounds, worlds = { min: 1, max: 3 }): fc.Arbitrary<Interrupted> {
  return fc
    .record({
      ...playFields(bounds.steps, worlds),
      autoreset: autoresets(bounds),
      cut: cuts(bounds.steps),
      at: fc.nat(bounds.steps),
    })
    .map((play) => ({ ...play, at: Math.min(play.at, play.steps - 1) }));
}

const cutShort = (env: AnyEnv, cut: number) => (cut === 0 ? env : limited(env, cut));

/** Why an env cannot be saved, or undefined. */
export function unsaveable(env: AnyEnv): string | undefined {
  if (!isStructured(env)) return undefined;
  const instance = env.create();
  try {
    const missing = (['getState', 'setState'] as const).find((name) => !instance[name]);
    return missing ? `it has no ${missing}` : undefined;
  } finally {
    instance.close?.();
  }
}

export const saveLoad = law<AnyEnv, Interrupted>({
  name: 'save-load',
  says: 'Envs that are saved, and loaded into new envs of another seed, go on bit by bit as if nothing had happened.',
  skip: unsaveable,
  cases: (_, bounds) => interrupted(bounds),
  holds(env, { at, cut, ...play }, log) {
    const whole = new VectorPlayer(cutShort(env, cut), play, { log });
    whole.play(at);
    const bytes = saveState(whole.envs);
    const other = new VectorPlayer(cutShort(env, cut), play, { seed: play.seed + 1 });
    // Not where they begin: what is there must go.
    other.play(Math.min(at, 3));
    load(other, bytes, at);
    other.taken = whole.taken;
    const expected = whole.play(play.steps - at);
    sameStory(expected, other.play(play.steps - at), { step: at, world: 0 });
  },
});

function load({ envs }: VectorPlayer, bytes: Uint8Array, step: number): void {
  try {
    loadState(envs, bytes);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new Breach({ step }, `what was saved cannot be loaded: ${error.message}`);
  }
}

export const sameBytes = law<AnyEnv, Interrupted>({
  name: 'same-bytes',
  says: 'The same state is saved as the same bytes, however it was come to.',
  skip: unsaveable,
  cases: (_, bounds) => interrupted(bounds),
  holds(env, { at, cut, ...play }, log) {
    const straight = new VectorPlayer(cutShort(env, cut), play, { log });
    straight.play(at);
    const { taken } = straight;
    const middle = saveState(straight.envs);
    straight.play(play.steps - at);
    const end = saveState(straight.envs);
    const again = new VectorPlayer(cutShort(env, cut), play);
    again.play(play.steps);
    sameState(end, again, play.steps, 'played again with the same seed');
    load(again, end, play.steps);
    sameState(end, again, play.steps, 'loaded');
    load(again, middle, at);
    sameState(middle, again, at, 'loaded');
    again.taken = taken;
    again.play(play.steps - at);
    sameState(end, again, play.steps, `loaded at step ${at} and played on`);
  },
});

function sameState(expected: Uint8Array, { envs }: VectorPlayer, step: number, how: string): void {
  const got = saveState(envs);
  const difference = differenceOf(expected, got);
  if (difference) throw new Breach({ step }, `${how}, the state has other bytes than it had`);
}

export const fork = law<AnyEnv, Interrupted>({
  name: 'fork',
  says: 'A world’s fork does what the world does, given the same actions, and touches no other.',
  skip: unsaveable,
  cases: (_, bounds) => interrupted(bounds, { min: 3, max: 4 }),
  holds(env, { at, cut, ...play }, log) {
    const original = new VectorPlayer(cutShort(env, cut), play, { log });
    const forked = new VectorPlayer(cutShort(env, cut), play);
    original.play(at);
    forked.play(at);
    forked.envs.fork(0, [1]);
    // World 1 goes on as world 0 does, and the others as they would have gone.
    forked.tapes = play.tapes.with(1, play.tapes[0]);
    forked.taken = original.taken.with(1, original.taken[0]);
    const expected = original.play(play.steps - at);
    sameStory(expected.with(1, expected[0]), forked.play(play.steps - at), { step: at, world: 0 });
  },
});
