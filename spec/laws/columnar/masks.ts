import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { EnvError } from '../../../lib/errors.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { brief, type Log } from '../log.ts';
import { type CutPlay, cutPlays } from '../plays.ts';
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
    eachLiveRow(env, play, log, checkMask);
  },
});

/** By its contract a mask keeps such actions from `step`; but one that tells an env's rules wrong would lie to agents. */
export const forbiddenActions = law<ColumnarEnv, CutPlay>({
  name: 'forbidden-actions',
  says: 'What the mask forbids is refused, changes nothing that is shown, or does what an allowed action does.',
  skip,
  cases: (_, bounds) => cutPlays(bounds),
  holds(env, play, log) {
    eachLiveRow(env, play, log, checkForbidden);
  },
});

/** Looks at every row before each of its steps. */
function eachLiveRow(
  env: ColumnarEnv,
  play: CutPlay,
  log: Log,
  check: (player: Player, row: number) => void,
): void {
  const worlds = new ColumnWorlds(env, play.tapes.length, play.seed);
  const player = new Player(worlds, play, log);
  player.begin();
  for (let t = 0; t < play.steps; t++) {
    for (let row = 0; row < worlds.rows; row++) if (!player.atEnd(row)) check(player, row);
    player.step();
  }
}

function checkMask({ worlds }: Player, row: number): void {
  const { chooser, t: step } = worlds;
  const world = worlds.worldOf(row);
  const masks = worlds.ofRow('actionMasks', row);
  const odd = masks.findIndex((flag) => flag > 1);
  if (odd >= 0) {
    const place = { step, world, field: worlds.fieldOf(row, `actionMask[${odd}]`), got: masks[odd] };
    throw new Breach(place, `expected 0 or 1, got ${masks[odd]}`);
  }
  const none = chooser.components(masks).findIndex(({ allowed }) => allowed.length === 0);
  if (none >= 0) {
    const of = chooser.width > 1 ? ` for element ${none} of the action` : '';
    const place = { step, world, field: worlds.fieldOf(row, 'actionMask') };
    throw new Breach(place, `expected an allowed choice${of}, got none`);
  }
}

/** Tries what is forbidden, and puts everything back. */
function checkForbidden(player: Player, row: number): void {
  const { worlds } = player;
  const { chooser, env } = worlds;
  const world = worlds.worldOf(row);
  const masks = worlds.ofRow('actionMasks', row);
  const usual = chooser.choose(player.draw(row), masks);
  // Where others act, nothing is what comes of an agent that stands still as if it had just been spawned.
  const nothing = env.spawn
    ? resultOf(player, row)
    : { ...shownBy(worlds, world), terminations: Uint8Array.of(0) };
  for (const [k, { allowed, forbidden }] of chooser.components(masks).entries()) {
    for (const choice of forbidden) {
      const after = resultOf(player, row, usual.with(k, choice));
      const change = after && differenceOf(nothing, after);
      if (!change) continue;
      const alike = (other: number) => !differenceOf(after, resultOf(player, row, usual.with(k, other)));
      if (allowed.some(alike)) continue;
      const { path: field, expected, got } = change;
      const told = chooser.valueOf(usual.with(k, choice)).join(', ');
      const whom = worlds.agents > 1 ? ` agent[${row % worlds.agents}]` : '';
      throw new Breach(
        { step: worlds.t, world, field, expected, got },
        `the mask forbids${whom} action ${told}, which changes this from ${brief(expected)} to ${brief(got)}`,
      );
    }
  }
}

/**
 * What an action leads to, while the others in the world do what they do next; undefined if the env refuses it.
 * Everything is put back.
 *
 * @param action if left out, the agent stands still
 */
function resultOf(player: Player, row: number, action?: readonly number[]): Frame | undefined {
  const { worlds } = player;
  const world = worlds.worldOf(row);
  const saved = worlds.save();
  try {
    const first = world * worlds.agents;
    for (let other = first; other < first + worlds.agents; other++)
      if (!player.atEnd(other)) worlds.act(other, player.draw(other));
    if (worlds.env.spawn) player.spawnEnded();
    if (action) worlds.tell(row, action);
    else worlds.columns.spawned[row] = 1;
    worlds.step(world, world + 1);
    worlds.observe(world, world + 1);
    return { ...shownBy(worlds, world), terminations: worlds.of('terminations', world) };
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  } finally {
    worlds.load(saved);
  }
}

function shownBy(worlds: ColumnWorlds, world: number): Frame {
  return { observation: worlds.of('observations', world) };
}
