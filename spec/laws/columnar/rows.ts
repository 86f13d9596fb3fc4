import fc from 'fast-check';
import type { Column } from '../../../lib/arena.ts';
import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { type StateSpec, stateColumn } from '../../../lib/env/stateSpec.ts';
import { Breach } from '../breach.ts';
import { law } from '../law.ts';
import type { Log } from '../log.ts';
import { type CutPlay, cutPlays, playFields } from '../plays.ts';
import { sameStory } from '../story.ts';
import { ColumnWorlds, UNWRITTEN } from './columnWorlds.ts';
import { Player, playColumns } from './playColumns.ts';

const several = { min: 2, max: 5 };

export const divisions = law<ColumnarEnv, CutPlay & { parts: number[] }>({
  name: 'divisions',
  says: 'Stepping worlds in parts, from … to, gives what stepping them all at once gives.',
  cases: (_, bounds) => {
    const parts = fc.uniqueArray(fc.integer({ min: 1, max: several.max - 1 }), { minLength: 1 });
    return fc.tuple(cutPlays(bounds, several), parts).map(([play, at]) => ({ ...play, parts: at }));
  },
  holds(env, { parts, ...play }, log) {
    sameStory(playColumns(env, play, { log }), playColumns(env, play, { parts }));
  },
});

export const worldsApart = law<ColumnarEnv, CutPlay & { world: number }>({
  name: 'worlds-apart',
  says: 'What a world does depends on its own actions and random numbers, not on its neighbours or its number.',
  cases: (_, bounds) =>
    fc
      .tuple(cutPlays(bounds, several), fc.nat())
      .map(([play, world]) => ({ ...play, world: world % play.tapes.length })),
  holds(env, { world, ...play }, log) {
    const together = playColumns(env, play, { log });
    const alone = playColumns(env, { ...play, tapes: [play.tapes[world]] }, { streams: [world] });
    sameStory(alone, [together[world]]);
  },
});

/** A play, and what is called after it. */
interface Call extends CutPlay {
  readonly from: number;
  readonly to: number;
}

function calls(bounds: { steps: number }): fc.Arbitrary<Call> {
  return fc
    .record({ ...playFields(bounds.steps, several), cut: fc.constant(0), from: fc.nat(), length: fc.nat() })
    .map(({ from, length, ...play }) => {
      const first = from % play.tapes.length;
      return { ...play, from: first, to: first + 1 + (length % (play.tapes.length - first)) };
    });
}

export const ownRows = law<ColumnarEnv, Call & { agent: number }>({
  name: 'own-rows',
  says: 'reset, step, observe, actionMask and spawn write what is theirs to write, in their worlds, and nothing else; spawn nothing of another agent’s.',
  cases: (_, bounds) => fc.tuple(calls(bounds), fc.nat()).map(([call, agent]) => ({ ...call, agent })),
  holds(env, { from, to, agent: nth, ...play }, log) {
    const worlds = played(env, play, log);
    // What is right there already, nobody would see written.
    const { rewards, terminations, observations, actionMasks } = worlds.columns;
    rewards.fill(UNWRITTEN.reward);
    terminations.fill(UNWRITTEN.termination);
    observations.fill(77);
    actionMasks.fill(77);
    const state = Object.keys(worlds.columns).filter((name) => name.startsWith('state.'));
    const drawn = [...state, 'draws'];
    const among = (called: string, last: number, names: readonly string[], call: () => void) => {
      const before = worlds.save();
      call();
      const may = (name: string, world: number) => names.includes(name) && world >= from && world < last;
      unchanged(worlds, before, called, may);
    };
    const part = `(${from}, ${to})`;
    among(`observe${part}`, to, ['observations', 'actionMasks'], () => worlds.observe(from, to));
    if (env.spawn) {
      const row = from * worlds.agents + (nth % worlds.agents);
      const before = worlds.save();
      worlds.spawn(row);
      unchanged(worlds, before, `spawn(${row})`, (name, world, i) => {
        if (!drawn.includes(name) || world !== from) return false;
        return !isOfAgents(env, name) || Math.floor((i * worlds.agents) / worlds.widths[name]) === row;
      });
      worlds.load(before);
    }
    among(`step${part}`, to, [...drawn, 'rewards', 'terminations'], () => worlds.step(from, to));
    among(`reset(${from})`, from + 1, drawn, () => worlds.reset(from));
  },
});

/** Whether each agent has its own part of a state column. */
function isOfAgents({ state }: ColumnarEnv, name: string): boolean {
  const spec = (state as StateSpec)[name.slice('state.'.length)];
  return spec !== undefined && stateColumn(spec).per === 'agent';
}

/** Worlds after a play that stops before an episode is at its end; their next actions are told. */
function played(env: ColumnarEnv, play: CutPlay, log: Log): ColumnWorlds {
  const worlds = new ColumnWorlds(env, play.tapes.length, play.seed);
  const player = new Player(worlds, play, log);
  player.begin();
  for (let t = 0; t < play.steps; t++) {
    const before = worlds.save();
    player.step();
    if (player.isOneAtEnd) {
      worlds.load(before);
      break;
    }
  }
  for (let row = 0; row < worlds.rows; row++) worlds.act(row, player.draw(row));
  return worlds;
}

function unchanged(
  worlds: ColumnWorlds,
  before: Readonly<Record<string, Column>>,
  called: string,
  may: (name: string, world: number, i: number) => boolean,
): void {
  for (const [name, old] of Object.entries(before)) {
    const [now, width] = [worlds.columns[name], worlds.widths[name]];
    for (let i = 0; i < old.length; i++) {
      const world = Math.floor(i / width);
      if (Object.is(old[i], now[i]) || may(name, world, i)) continue;
      const field = width === 1 ? name : `${name}[${i % width}]`;
      throw new Breach(
        { step: worlds.t, world, field, expected: old[i], got: now[i] },
        `${called} changed it from ${old[i]} to ${now[i]}`,
      );
    }
  }
}

export const observe = law<ColumnarEnv, Call>({
  name: 'observe',
  says: 'What is shown and allowed depends on the state alone: asked again, it is the same; all of it is written.',
  cases: (_, bounds) => calls(bounds),
  holds(env, { from, to, ...play }, log) {
    const worlds = played(env, play, log);
    const shown = () => {
      worlds.observe(from, to);
      return Array.from({ length: to - from }, (_, k) => [worlds.shown(from + k)]);
    };
    const story = shown();
    for (const filling of [0, 1, 77]) {
      worlds.columns.observations.fill(filling);
      worlds.columns.actionMasks.fill(filling);
      sameStory(story, shown(), { step: worlds.t, world: from });
    }
  },
});
