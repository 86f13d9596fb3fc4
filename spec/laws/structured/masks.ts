import type { PerAgent, StructuredEnv } from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief, type Log } from '../log.ts';
import { rawPlays } from './cases.ts';
import { type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';

const skip = ({ kinds }: StructuredEnv) => (kinds[0].masked ? undefined : 'it has no actionMask');

export const actionMasks = law<StructuredEnv, RawPlay>({
  name: 'action-masks',
  says: 'Masks fit the action space and allow a choice; asked for again, they are the same.',
  skip,
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const world = new RawWorld(env);
    const player = new RawPlayer(world, play, { log });
    player.begin();
    for (let t = 0; t < play.steps; t++) {
      for (const agent of world.agents) checkMask(world, agent);
      player.step();
    }
  },
});

/** By its contract a mask keeps such actions from `step`; but one that tells an env's rules wrong would lie to agents. */
export const forbiddenActions = law<StructuredEnv, RawPlay>({
  name: 'forbidden-actions',
  says: 'What the mask forbids is refused, changes nothing that is shown, or does what an allowed action does.',
  skip,
  every: 4,
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const player = playTo(env, play, log);
    if (player.atEnd) return;
    const { world } = player;
    const actions = player.choose();
    for (const agent of world.agents) {
      const flags = world.flags(agent) as Uint8Array;
      for (const [k, { allowed, forbidden }] of world.chooser(agent).components(flags).entries()) {
        const after = (choice: number) =>
          resultOf(playTo(env, play), agent, { ...actions, [agent]: actions[agent].with(k, choice) });
        for (const choice of forbidden) {
          const result = after(choice);
          const change = result && differenceOf({ observation: player.shown(agent), ended: false }, result);
          if (!change || allowed.some((other) => !differenceOf(result, after(other)))) continue;
          const { path: field, expected, got } = change;
          const told = brief(world.decode(agent, actions[agent].with(k, choice)));
          throw new Breach(
            { step: world.t, field, expected, got },
            `the mask forbids action ${told}, which changes this from ${brief(expected)} to ${brief(got)}`,
          );
        }
      }
    }
  },
});

/** A player after its play. */
function playTo(env: StructuredEnv, play: RawPlay, log?: Log): RawPlayer {
  const player = new RawPlayer(new RawWorld(env), play, { log });
  player.begin();
  for (let t = 0; t < play.steps; t++) player.step();
  return player;
}

/** The flags of an agent's mask, which must be valid and the same when it is asked for again. */
function checkMask(world: RawWorld, agent: string): Uint8Array {
  const field = agent === 'agent' ? 'actionMask' : `actionMask(${agent})`;
  const problem = world.actionSpace(agent).maskProblem(world.mask(agent), field);
  if (problem) throw new Breach({ step: world.t }, problem);
  const flags = world.flags(agent) as Uint8Array;
  for (let time = 0; time < 3; time++) {
    const difference = differenceOf(flags, world.flags(agent), field);
    if (difference) throw new Breach({ step: world.t, field: difference.path, ...difference });
  }
  return flags;
}

/** What an action leads to for an agent; undefined if the env refuses it. */
function resultOf({ world }: RawPlayer, agent: string, actions: PerAgent<readonly number[]>) {
  const told = Object.entries(actions).map(([name, action]) => [name, world.decode(name, action)]);
  try {
    const { observations, terminations, truncations } = world.step(Object.fromEntries(told));
    const ended = Boolean(terminations?.[agent] || truncations?.[agent]);
    return structuredClone({ observation: observations[agent], ended });
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}
