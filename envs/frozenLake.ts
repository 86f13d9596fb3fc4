import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import type { EnvHead } from '../lib/env/head.ts';
import { discrete } from '../lib/space/discrete.ts';

/** A tile's kind is its place in here. */
const TILES = 'SFHG';
const START = 0;
const HOLE = 2;
const GOAL = 3;
/** Their colours, and the pixels of one in the picture, in both directions. */
const COLORS = [0xa8b8c8, 0xd6ecf8, 0x1f3a5f, 0xe8c547];
const SIZE = 12;

/**
 * A frozen lake of one's own: rows of S (start), F (frozen), H (hole) and G (goal), all of one length. Where there are
 * several starts, each episode draws one of them.
 *
 * @throws RangeError if a row is shorter or longer than the first, a tile is unknown, or there is no start
 */
export function frozenLakeOn(rows: readonly string[], head: EnvHead) {
  const { next, tiles, width, height } = lake(rows);
  const starts = Int32Array.from([...tiles.keys()].filter((cell) => tiles[cell] === START));
  if (starts.length === 0) throw new RangeError('frozenLakeOn: expected a start S, got none');
  return defineEnv({
    ...head,
    observation: discrete(tiles.length),
    action: discrete(4),
    params: { slippery: 1, successRate: 1 / 3, goalReward: 1, holeReward: 0, frozenReward: 0 },
    state: { cell: 'i32' },
    reset({ state: { cell }, params: { successRate }, rng }, i) {
      if (!(successRate[i] >= 0 && successRate[i] <= 1))
        throw new RangeError(`successRate: expected a probability, got ${successRate[i]}`);
      cell[i] = starts[rng.integer(i, 0, starts.length)];
    },
    step({ state: { cell }, params, actions, rewards, terminations, rng }, from, to) {
      const { slippery, successRate, goalReward, holeReward, frozenReward } = params;
      for (let i = from; i < to; i++) {
        let direction = actions[i];
        if (slippery[i]) {
          const drawn = rng.uniform(i);
          if (drawn >= successRate[i]) direction += drawn < (1 + successRate[i]) / 2 ? 1 : 3;
        }
        const now = next[4 * cell[i] + (direction & 3)];
        const tile = tiles[now];
        cell[i] = now;
        rewards[i] = tile === GOAL ? goalReward[i] : tile === HOLE ? holeReward[i] : frozenReward[i];
        terminations[i] = +(tile >= HOLE);
      }
    },
    observe({ state: { cell }, observations }, from, to) {
      for (let i = from; i < to; i++) observations[i] = cell[i];
    },
    render: {
      width: SIZE * width,
      height: SIZE * height,
      draw({ state: { cell } }, i, frame) {
        const canvas = new Canvas(SIZE * width, SIZE * height, frame);
        canvas.fill(0xb4d2e6);
        for (const [k, tile] of tiles.entries()) {
          const [x, y] = [SIZE * (k % width), SIZE * Math.floor(k / width)];
          canvas.rectangle(x, y, SIZE - 1, SIZE - 1, COLORS[tile]);
        }
        const [x, y] = [cell[i] % width, Math.floor(cell[i] / width)];
        canvas.disc(SIZE * (x + 0.5) - 0.5, SIZE * (y + 0.5) - 0.5, SIZE / 3, 0xd94032);
      },
    },
  });
}

/** The kinds of all cells, and where each of the four directions leads from them, [cells, 4]. */
function lake(rows: readonly string[]) {
  const [height, width] = [rows.length, rows[0]?.length ?? 0];
  const tiles = new Uint8Array(height * width);
  const next = new Int32Array(4 * tiles.length);
  for (const [y, row] of rows.entries()) {
    if (row.length !== width)
      throw new RangeError(`frozenLakeOn: expected rows of ${width} tiles, got ${row}`);
    for (const [x, letter] of [...row].entries()) {
      const cell = y * width + x;
      const tile = TILES.indexOf(letter);
      if (tile < 0) throw new RangeError(`frozenLakeOn: expected tiles of S, F, H and G, got ${letter}`);
      tiles[cell] = tile;
      next[4 * cell] = x > 0 ? cell - 1 : cell;
      next[4 * cell + 1] = y < height - 1 ? cell + width : cell;
      next[4 * cell + 2] = x < width - 1 ? cell + 1 : cell;
      next[4 * cell + 3] = y > 0 ? cell - width : cell;
    }
  }
  return { tiles, next, width, height };
}

/**
 * A lake of ice is to be crossed from one corner to the other, between holes, and the ice is slippery. Gymnasium's
 * FrozenLake-v1 on its map of 4×4.
 *
 * Observation, Discrete(16): the cell, row by row. Actions: 0 left, 1 down, 2 right, 3 up; at the edge one stays. Where
 * `slippery` is not 0, a step goes as intended with probability `successRate`, else to one of both sides, each alike.
 * Reward: `goalReward`, `holeReward` or `frozenReward` for the cell that is entered: 1, 0, 0. Terminates in a hole
 * and at the goal; truncates at 100 steps. Solved at a mean return of 0.7; the optimum is 0.74.
 *
 * @see https://gymnasium.farama.org/environments/toy_text/frozen_lake; reference data: spec/golden/env
 */
export const frozenLake = frozenLakeOn(['SFFF', 'FHFH', 'FFFH', 'HFFG'], {
  id: 'FrozenLake-v1',
  module: import.meta.url,
  maxEpisodeSteps: 100,
  threshold: 0.7,
});

/** The same on Gymnasium's map of 8×8; truncates at 200 steps, solved at 0.85; the optimum is 0.91. */
export const frozenLake8x8 = frozenLakeOn(
  ['SFFFFFFF', 'FFFFFFFF', 'FFFHFFFF', 'FFFFFHFF', 'FFFHFFFF', 'FHHFFFHF', 'FHFFHFHF', 'FFFHFFFG'],
  { id: 'FrozenLake8x8-v1', module: import.meta.url, maxEpisodeSteps: 200, threshold: 0.85 },
);
