import fc from 'fast-check';
import type { PerAgent, StructuredEnv } from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Random } from '../../../lib/random.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief } from '../log.ts';
import { seeds } from '../plays.ts';
import { rawPlays } from './cases.ts';
import { type RawPlay, RawPlayer } from './playRaw.ts';
import { type Outcome, RawWorld } from './rawWorld.ts';

const skip = (env: StructuredEnv) =>
  env.form === 'single' ? undefined : 'PettingZoo asks for nothing of the kind';

/** Gymnasium's OrderEnforcing asks for it. */
export const resetFirst = law<StructuredEnv, { seed: number }>({
  name: 'reset-first',
  says: 'A step before the first reset throws.',
  skip,
  cases: () => fc.record({ seed: seeds() }),
  holds(env, { seed }) {
    const world = new RawWorld(env);
    if (attempt(() => world.step(anything(world, seed))))
      throw new Breach({ step: 0 }, 'expected a step before the first reset to throw, and it returned');
  },
});

/** Gymnasium leaves open what happens then; nothing should, or it would be learned from. */
export const afterEnd = law<StructuredEnv, RawPlay>({
  name: 'after-end',
  says: 'A step after the end throws, or shows the same once more, pays nothing and says again that it is the end.',
  skip,
  cases: (_, bounds) => rawPlays(bounds).map((play) => ({ ...play, cut: 0 })),
  holds(env, play, log) {
    const world = new RawWorld(env);
    const player = new RawPlayer(world, play, { log });
    let last = player.begin();
    for (let t = 0; t < play.steps && !player.atEnd; t++) last = player.step();
    if (!player.atEnd) return;
    const result = attempt(() => world.step(anything(world, play.seed)));
    const { observations, terminations, truncations } = last;
    const same = { observations, rewards: { agent: 0 }, terminations, truncations };
    const difference = result && differenceOf(same, result);
    if (!difference) return;
    const { path: field, expected, got } = difference;
    throw new Breach(
      { step: world.t, field, expected, got },
      `expected a step after the end to change nothing: this was ${brief(expected)}, and is ${brief(got)}`,
    );
  },
});

function anything(world: RawWorld, seed: number): PerAgent<unknown> {
  return { agent: world.actionSpace('agent').sample(new Random(seed)) };
}

/** What a call returns; undefined if it throws. */
function attempt(call: () => Outcome): Outcome | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof EnvError && error.cause !== undefined) return undefined;
    throw error;
  }
}

export const close = law<StructuredEnv, { seed: number }>({
  name: 'close',
  says: 'close may be called twice, and before the first reset.',
  cases: () => fc.record({ seed: seeds() }),
  holds(env, { seed }) {
    for (const begin of [false, true]) {
      const world = new RawWorld(env);
      if (begin) world.reset({ seed });
      for (const time of ['the first', 'the second']) {
        try {
          world.close();
        } catch (error) {
          throw new Breach(
            {},
            `${time} time, ${begin ? 'after' : 'before'} a reset: ${(error as Error).message}`,
          );
        }
      }
    }
  },
});
