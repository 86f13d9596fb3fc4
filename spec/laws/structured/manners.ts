import fc from 'fast-check';
import type { PerAgent, StructuredEnv } from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Random } from '../../../lib/random.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { seeds } from '../plays.ts';
import { rawPlays } from './cases.ts';
import { type RawPlay, RawPlayer } from './playRaw.ts';
import { type Outcome, RawWorld } from './rawWorld.ts';

/**
 * Gymnasium's OrderEnforcing and PettingZoo's wrapper ask for the first half. For the second an error will do, or no
 * effect: the same observation, no reward, the same end.
 */
export const order = law<StructuredEnv, RawPlay>({
  name: 'order',
  says: 'A step before the first reset throws; one after the end throws or has no effect.',
  cases: (_, bounds) => rawPlays(bounds).map((play) => ({ ...play, cut: 0 })),
  holds(env, play, log) {
    const fresh = new RawWorld(env);
    const any = sampled(fresh, fresh.possibleAgents, play.seed);
    if (attempt(() => fresh.step(any)))
      throw new Breach({ step: 0 }, 'expected a step before the first reset to throw, and it returned');
    const world = new RawWorld(env);
    const player = new RawPlayer(world, play, { log });
    let last = player.begin();
    for (let t = 0; t < play.steps && !player.atEnd; t++) last = player.step();
    if (!player.atEnd) return;
    const parallel = env.form === 'parallel';
    const after = attempt(() => world.step(parallel ? {} : sampled(world, ['agent'], play.seed)));
    if (!after) return;
    log.acted('it', 'a step after the end');
    const { observations, terminations, truncations } = last;
    const nothing = parallel
      ? { observations: {}, rewards: {}, terminations: {}, truncations: {} }
      : { observations, rewards: { agent: 0 }, terminations, truncations };
    const difference = differenceOf(nothing, after);
    if (!difference) return;
    const { path: field, expected, got } = difference;
    throw new Breach(
      { step: world.t, field, expected, got },
      'expected a step after the end to throw or to do nothing, and it did something',
    );
  },
});

/** An action of each agent's space. */
function sampled(world: RawWorld, agents: readonly string[], seed: number): PerAgent<unknown> {
  const random = new Random(seed);
  return Object.fromEntries(agents.map((agent) => [agent, world.actionSpace(agent).sample(random)]));
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
