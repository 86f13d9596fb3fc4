import type { PerAgent, StructuredEnv } from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief, type Log } from '../log.ts';
import { rawPlays } from './cases.ts';
import { type RawPlay, RawPlayer } from './playRaw.ts';
import { RawWorld } from './rawWorld.ts';

export const actionMasks = law<StructuredEnv, RawPlay>({
  name: 'action-masks',
  says: 'Masks fit the action space, allow something, and depend on the state alone; what they forbid does nothing.',
  skip: ({ kinds }) => (kinds[0].masked ? undefined : 'it has no actionMask'),
  every: 4,
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const player = playTo(env, play, play.steps, log);
    if (player.atEnd) return;
    const { world } = player;
    const actions = player.choose();
    for (const agent of world.agents) {
      const flags = checkMask(world, agent);
      const chooser = world.chooser(agent);
      for (const [k, { allowed, forbidden }] of chooser.components(flags).entries()) {
        const after = (choice: number) =>
          resultOf(playTo(env, play, play.steps), agent, {
            ...actions,
            [agent]: actions[agent].with(k, choice),
          });
        for (const choice of forbidden) {
          const result = after(choice);
          const change = result && differenceOf({ observation: player.shown(agent), ended: false }, result);
          // It may as well do what another choice does: then nobody can gain from it.
          if (!change || allowed.some((other) => !differenceOf(result, after(other)))) continue;
          const { path, expected, got } = change;
          const told = brief(world.decode(agent, actions[agent].with(k, choice)));
          throw new Breach(
            { step: world.t, field: path, expected, got },
            `the mask forbids action ${told}, which changes this from ${brief(expected)} to ${brief(got)}`,
          );
        }
      }
    }
  },
});

/** A player after some steps, or at the end if that comes before. */
function playTo(env: StructuredEnv, play: RawPlay, steps: number, log?: Log): RawPlayer {
  const player = new RawPlayer(new RawWorld(env), play, { log });
  player.begin();
  for (let t = 0; t < steps; t++) player.step();
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
