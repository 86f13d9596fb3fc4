import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief, type Log } from '../log.ts';
import { type CutPlay, cutPlays, drawOf } from '../plays.ts';
import type { Frame } from '../story.ts';
import { ColumnWorlds } from './columnWorlds.ts';
import { Player } from './playColumns.ts';

const skip = ({ actionMask }: ColumnarEnv) => (actionMask ? undefined : 'it has no actionMask');

export const actionMasks = law<ColumnarEnv, CutPlay>({
  name: 'action-masks',
  says: 'Masks are 0 or 1, and allow a choice at least.',
  skip,
  cases: (_, bounds) => cutPlays(bounds),
  holds(env, play, log) {
    eachLiveWorld(env, play, log, checkMask);
  },
});

/** By its contract a mask keeps such actions from `step`; but one that tells an env's rules wrong would lie to agents. */
export const forbiddenActions = law<ColumnarEnv, CutPlay>({
  name: 'forbidden-actions',
  says: 'What the mask forbids is refused, changes nothing that is shown, or does what an allowed action does.',
  skip,
  cases: (_, bounds) => cutPlays(bounds),
  holds(env, play, log) {
    eachLiveWorld(env, play, log, checkForbidden);
  },
});

/** Looks at every world before each of its steps. */
function eachLiveWorld(
  env: ColumnarEnv,
  play: CutPlay,
  log: Log,
  check: (worlds: ColumnWorlds, world: number, draw: number) => void,
): void {
  const worlds = new ColumnWorlds(env, play.tapes.length, play.seed);
  const player = new Player(worlds, play, log);
  player.begin();
  for (let t = 0; t < play.steps; t++) {
    for (const [world, tape] of play.tapes.entries())
      if (!player.atEnd(world)) check(worlds, world, drawOf(tape, t));
    player.step();
  }
}

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
