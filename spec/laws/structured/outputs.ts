import fc from 'fast-check';
import { isParallel } from '../../../lib/env/emulate.ts';
import type { StructuredEnv } from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { field } from '../../../lib/space/paths.ts';
import { Breach } from '../breach.ts';
import { type Bounds, law } from '../law.ts';
import type { Log } from '../log.ts';
import { seeds } from '../plays.ts';
import type { Frame } from '../story.ts';
import { textOf } from '../textOf.ts';
import { rawPlays } from './cases.ts';
import { playRaw, type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';

/** Why it cannot be told what an env is, or undefined. */
export function formFault(env: StructuredEnv): string | undefined {
  try {
    // Looks at one, and throws if it is none.
    env.kinds;
    const [first, second] = [env.create(), env.create()];
    for (const instance of [first, second]) instance.close?.();
    if (first === second) return `emulate ${env.id}: create must make a new env at every call`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const cases = (_: StructuredEnv, bounds: Bounds) => rawPlays(bounds);

export const spaces = law<StructuredEnv, RawPlay>({
  name: 'spaces',
  says: 'Its spaces are spaces, told in every instance alike, and the same objects at every call.',
  cases,
  holds(env, play, log) {
    const fault = formFault(env);
    if (fault) throw new Breach({}, fault);
    const world = new RawWorld(env);
    const agents = world.possibleAgents;
    const all = () => agents.flatMap((agent) => [world.observationSpace(agent), world.actionSpace(agent)]);
    const first = all();
    const check = (step: number) => {
      for (const [i, space] of all().entries()) {
        const of = isParallel(world.env) ? `(${agents[i >> 1]})` : '';
        const name = i % 2 === 0 ? 'observationSpace' : 'actionSpace';
        if (space !== first[i])
          throw new Breach({ step }, `${name}${of}: expected the same object as before, got another`);
      }
    };
    check(0);
    playRaw(env, play, { world, log, before: check });
  },
});

export const plays = law<StructuredEnv, RawPlay>({
  name: 'plays',
  says: 'Nothing that is allowed makes it throw; reset takes a seed, options, both, or nothing.',
  cases,
  holds(env, play, log) {
    try {
      const world = new RawWorld(env);
      for (const options of [{}, undefined, { options: {} }, { seed: play.seed, options: {} }])
        world.reset(options);
      playRaw(env, play, { world, log });
      world.close();
    } catch (error) {
      // That what is returned can be read is another law.
      if (!(error instanceof EnvError) || error.cause === undefined) throw error;
      throw new Breach({ step: error.step }, textOf(error));
    }
  },
});

export const returns = law<StructuredEnv, RawPlay>({
  name: 'returns',
  says: 'reset returns [observation, info], and step [observation, reward, terminated, truncated, info].',
  cases,
  holds(env, play, log) {
    try {
      playRaw(env, play, { log });
    } catch (error) {
      // Whatever the env throws is another law's.
      if (!(error instanceof EnvError) || error.cause !== undefined) throw error;
      throw new Breach({ step: error.step }, textOf(error));
    }
  },
});

export const observations = law<StructuredEnv, RawPlay>({
  name: 'observations',
  says: 'Every observation is in its space, its element types included.',
  cases,
  holds(env, play, log) {
    const world = new RawWorld(env);
    each(world, play, log, ({ observations }) =>
      first(observations, (agent, value) => world.observationSpace(agent).problem(value, 'observation')),
    );
  },
});

export const rewards = law<StructuredEnv, RawPlay>({
  name: 'rewards',
  says: 'Every reward is a finite number.',
  cases,
  holds(env, play, log) {
    each(new RawWorld(env), play, log, ({ rewards }) =>
      first(rewards, (_, reward) =>
        typeof reward === 'number' && Number.isFinite(Math.fround(reward))
          ? undefined
          : `reward: expected a finite number, got ${String(reward)}`,
      ),
    );
  },
});

export const flags = law<StructuredEnv, RawPlay>({
  name: 'flags',
  says: 'Whether an episode is terminated or truncated is said by true or false.',
  cases,
  holds(env, play, log) {
    each(new RawWorld(env), play, log, (frame) => {
      for (const name of ['terminations', 'truncations'] as const) {
        const found = first(frame[name], (_, flag) =>
          typeof flag === 'boolean'
            ? undefined
            : `${name.slice(0, -1)}: expected true or false, got ${String(flag)}`,
        );
        if (found) return found;
      }
      return undefined;
    });
  },
});

export const firstStep = law<StructuredEnv, { seed: number; draw: number }>({
  name: 'first-step',
  says: 'No episode is truncated at its first step.',
  skip: (env) => (env.form === 'single' ? undefined : 'PettingZoo asks for nothing of the kind'),
  cases: () => fc.record({ seed: seeds(), draw: fc.nat() }),
  holds(env, { seed, draw }, log) {
    const frames = playRaw(env, { seed, steps: 1, tape: [draw], cut: 0 }, { log });
    const cut = first(frames[1].truncations, (_, flag) => (flag ? 'truncated at the first step' : undefined));
    if (cut) throw new Breach({ step: 1 }, cut);
  },
});

/** Asks of each frame what is wrong with it. */
function each(
  world: RawWorld,
  play: RawPlay,
  log: Log,
  problemOf: (frame: Frame) => string | undefined,
): void {
  const player = new RawPlayer(world, play, { log });
  for (let step = 0; step <= play.steps; step++) {
    const problem = problemOf(step === 0 ? player.begin() : player.step());
    if (problem) throw new Breach({ step }, problem);
  }
}

/** The first problem with what is said of an agent, and of whom. */
function first(
  values: unknown,
  problemOf: (agent: string, value: unknown) => string | undefined,
): string | undefined {
  for (const [agent, value] of Object.entries(values ?? {})) {
    const problem = problemOf(agent, value);
    if (problem) return agent === 'agent' ? problem : `${field('', agent).replace(/^\./, '')}: ${problem}`;
  }
  return undefined;
}
