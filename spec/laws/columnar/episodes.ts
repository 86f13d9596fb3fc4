import fc from 'fast-check';
import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief } from '../log.ts';
import { type CutPlay, cutPlays, drawOf, lengths, tapes } from '../plays.ts';
import { type Frame, sameStory } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';
import { Player } from './playColumns.ts';

export const resetForgets = law<ColumnarEnv, CutPlay & { next: { steps: number; tape: number[] } }>({
  name: 'reset-forgets',
  says: 'A world that is reset goes on as a new one would that draws the same random numbers.',
  cases: (_, bounds) => {
    const next = fc.record({ steps: lengths(bounds.steps), tape: tapes(bounds.steps) });
    return fc
      .tuple(cutPlays(bounds, { min: 1, max: 1 }), next)
      .map(([play, rest]) => ({ ...play, next: rest }));
  },
  holds(env, { next, ...play }, log) {
    const used = new ColumnWorlds(env, 1, play.seed);
    const player = new Player(used, play, log);
    player.begin();
    for (let t = 0; t < play.steps; t++) player.step();
    const fresh = new ColumnWorlds(env, 1, play.seed);
    fresh.columns.draws.set(used.columns.draws);
    log.acted('world 0', 'reset');
    sameStory([episode(fresh, next.tape, next.steps)], [episode(used, next.tape, next.steps)], {
      step: play.steps,
      world: 0,
    });
  },
});

/** What an episode of a single world shows; it is reset first. */
function episode(worlds: ColumnWorlds, tape: readonly number[], steps: number): Frame[] {
  const { rewards, terminations } = worlds.columns;
  worlds.reset(0);
  worlds.observe();
  const frames = [worlds.shown(0)];
  for (let t = 0; t < steps; t++) {
    worlds.act(0, drawOf(tape, t));
    worlds.step(0, 1);
    worlds.observe();
    frames.push({ ...worlds.shown(0), reward: rewards[0], termination: terminations[0] });
    if (terminations[0] !== 0) break;
  }
  return frames;
}

export const actionMasks = law<ColumnarEnv, CutPlay>({
  name: 'action-masks',
  says: 'Masks are 0 or 1 and allow something; what they forbid is refused, changes nothing, or does what an allowed action does.',
  skip: ({ actionMask }) => (actionMask ? undefined : 'it has no actionMask'),
  cases: (_, bounds) => cutPlays(bounds),
  holds(env, play, log) {
    const worlds = new ColumnWorlds(env, play.tapes.length, play.seed);
    const player = new Player(worlds, play, log);
    player.begin();
    for (let t = 0; t < play.steps; t++) {
      for (let i = 0; i < worlds.count; i++) {
        if (player.atEnd(i)) continue;
        checkMask(worlds, i);
        checkForbidden(worlds, i, drawOf(play.tapes[i], t));
      }
      player.step();
    }
  },
});

function checkMask(worlds: ColumnWorlds, world: number): void {
  const { chooser, t: step } = worlds;
  const masks = worlds.of('actionMasks', world);
  const odd = masks.findIndex((flag) => flag > 1);
  if (odd >= 0) {
    const place = { step, world, field: `actionMask[${odd}]`, got: masks[odd] };
    throw new Breach(place, `expected 0 or 1, got ${masks[odd]}`);
  }
  const none = chooser.components(masks).findIndex(({ allowed }) => allowed.length === 0);
  if (none >= 0) {
    const of = chooser.width > 1 ? ` for element ${none} of the action` : '';
    throw new Breach({ step, world, field: 'actionMask' }, `expected an allowed choice${of}, got none`);
  }
}

/** Tries what is forbidden, and puts everything back. */
function checkForbidden(worlds: ColumnWorlds, world: number, draw: number): void {
  const { chooser } = worlds;
  const masks = worlds.of('actionMasks', world);
  const usual = chooser.choose(draw, masks);
  const before = { observation: worlds.of('observations', world), termination: 0 };
  for (const [k, { allowed, forbidden }] of chooser.components(masks).entries()) {
    for (const choice of forbidden) {
      const after = resultOf(worlds, world, usual.with(k, choice));
      const change = after && differenceOf(before, after);
      if (!change) continue;
      const alike = (other: number) => !differenceOf(after, resultOf(worlds, world, usual.with(k, other)));
      if (allowed.some(alike)) continue;
      const { path: field, expected, got } = change;
      const told = chooser.valueOf(usual.with(k, choice)).join(', ');
      throw new Breach(
        { step: worlds.t, world, field, expected, got },
        `the mask forbids action ${told}, which changes this from ${brief(expected)} to ${brief(got)}`,
      );
    }
  }
}

/** What an action leads to; undefined if the env refuses it. Everything is put back. */
function resultOf(worlds: ColumnWorlds, world: number, action: readonly number[]): Frame | undefined {
  const saved = worlds.save();
  worlds.tell(world, action);
  try {
    worlds.step(world, world + 1);
    worlds.observe(world, world + 1);
    const [termination] = worlds.of('terminations', world);
    return { observation: worlds.of('observations', world), termination };
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  } finally {
    worlds.load(saved);
  }
}
