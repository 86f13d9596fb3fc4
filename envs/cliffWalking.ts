import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import { discrete } from '../lib/space/discrete.ts';

const WIDTH = 12;
const HEIGHT = 4;
const START = 36;
const GOAL = 47;
/** Pixels of a cell in the picture, in both directions. */
const TILE = 12;

/** Where each direction leads, [cells, 4]. */
const next = new Int32Array(4 * WIDTH * HEIGHT);
for (let cell = 0; cell < WIDTH * HEIGHT; cell++) {
  const x = cell % WIDTH;
  next[4 * cell] = cell >= WIDTH ? cell - WIDTH : cell;
  next[4 * cell + 1] = x < WIDTH - 1 ? cell + 1 : cell;
  next[4 * cell + 2] = cell < START ? cell + WIDTH : cell;
  next[4 * cell + 3] = x > 0 ? cell - 1 : cell;
}

/**
 * One is to walk along a cliff, from the lower left corner of a 4×12 grid to the lower right one; the cells between
 * them are the abyss (Sutton and Barto, example 6.6). Gymnasium's CliffWalking-v1.
 *
 * Observation, Discrete(48): the cell, row by row. Actions: 0 up, 1 right, 2 down, 3 left; at the edge one stays. Where
 * `slippery` is not 0, a step goes as intended or to one of both sides, each with probability 1/3. Reward: −1 each
 * step, −100 for one into the abyss, which leads back to the start. Terminates at the goal; there is no time limit.
 * Starts in cell 36. Gymnasium names no threshold; the optimum is −13.
 *
 * @see https://gymnasium.farama.org/environments/toy_text/cliff_walking; reference data: spec/golden/env
 */
export const cliffWalking = defineEnv({
  id: 'CliffWalking-v1',
  module: import.meta.url,
  observation: discrete(WIDTH * HEIGHT),
  action: discrete(4),
  params: { slippery: 0 },
  state: { cell: 'i32' },
  reset({ state: { cell } }, i) {
    cell[i] = START;
  },
  step({ state: { cell }, params: { slippery }, actions, rewards, terminations, rng }, from, to) {
    for (let i = from; i < to; i++) {
      const direction = slippery[i] ? (actions[i] + rng.integer(i, 3, 6)) & 3 : actions[i];
      const now = next[4 * cell[i] + direction];
      const fallen = now > START && now < GOAL;
      cell[i] = fallen ? START : now;
      rewards[i] = fallen ? -100 : -1;
      terminations[i] = +(now === GOAL);
    }
  },
  observe({ state: { cell }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = cell[i];
  },
  render: {
    width: TILE * WIDTH,
    height: TILE * HEIGHT,
    draw({ state: { cell } }, i, frame) {
      const canvas = new Canvas(TILE * WIDTH, TILE * HEIGHT, frame);
      canvas.fill(0x5d8a4a);
      for (let k = 0; k < WIDTH * HEIGHT; k++) {
        const color = k === GOAL ? 0xe8c547 : k > START && k < GOAL ? 0x3a2a24 : 0x7fb069;
        canvas.rectangle(TILE * (k % WIDTH), TILE * Math.floor(k / WIDTH), TILE - 1, TILE - 1, color);
      }
      const [x, y] = [cell[i] % WIDTH, Math.floor(cell[i] / WIDTH)];
      canvas.disc(TILE * (x + 0.5) - 0.5, TILE * (y + 0.5) - 0.5, TILE / 3, 0xd94032);
    },
  },
});
