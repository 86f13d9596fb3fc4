import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import { discrete } from '../lib/space/discrete.ts';

const SIZE = 5;
const CELLS = SIZE * SIZE;
const ACTIONS = 6;
/** The cells of the stands: red, green, yellow, blue. */
const STANDS = [0, 4, 20, 23];
/** The passenger's place when on board. */
const ON_BOARD = 4;
/** Cells with a wall on their right. */
const WALLS = [1, 6, 15, 17, 20, 22];

/** Pixels of a cell in the picture, in both directions. */
const TILE = 16;
/** Of the stands; pale where nobody wants to go. */
const COLORS = [0xd94032, 0x3f9b4f, 0xd8b93c, 0x3a63c8];
const PALE = [0xf2c4be, 0xc2e2c8, 0xf2e8c0, 0xc2cff0];

/** A cell's place in the picture. */
function corner(cell: number): [x: number, y: number] {
  return [TILE * (cell % SIZE), TILE * Math.floor(cell / SIZE)];
}

const STATES = CELLS * 5 * 4;
/** What each action does in each state, [states, actions]. */
const next = new Int32Array(STATES * ACTIONS);
const pay = new Float32Array(STATES * ACTIONS);
const delivers = new Uint8Array(STATES * ACTIONS);
/** 1 where the action changes the state. */
const useful = new Uint8Array(STATES * ACTIONS);

for (let state = 0; state < STATES; state++) {
  const destination = state & 3;
  const passenger = (state >> 2) % 5;
  const cell = Math.floor(state / 20);
  const stand = STANDS.indexOf(cell);
  const drive = [
    cell < CELLS - SIZE ? cell + SIZE : cell,
    cell >= SIZE ? cell - SIZE : cell,
    cell % SIZE < SIZE - 1 && !WALLS.includes(cell) ? cell + 1 : cell,
    cell % SIZE > 0 && !WALLS.includes(cell - 1) ? cell - 1 : cell,
  ];
  const boards = passenger !== ON_BOARD && passenger === stand;
  const alights = passenger === ON_BOARD && stand >= 0;
  const places = [...drive.map(() => passenger), boards ? ON_BOARD : passenger, alights ? stand : passenger];
  for (let action = 0; action < ACTIONS; action++) {
    const k = state * ACTIONS + action;
    const arrives = action === 5 && alights && stand === destination;
    const refused = (action === 4 && !boards) || (action === 5 && !alights);
    next[k] = ((drive[action] ?? cell) * 5 + places[action]) * 4 + destination;
    pay[k] = arrives ? 20 : refused ? -10 : -1;
    delivers[k] = +arrives;
    useful[k] = +(next[k] !== state);
  }
}

/**
 * A taxi fetches a passenger at one of four stands and takes them to another (Dietterich 2000). Gymnasium's Taxi-v4,
 * where it does not rain and passengers do not change their minds.
 *
 *   |R: | : :G|
 *   | : | : : |    cells row by row; | is a wall
 *   | : : : : |
 *   | | : | : |
 *   |Y| : |B: |
 *
 * Observation, Discrete(500): (cell · 5 + passenger) · 4 + destination; the passenger is at stand 0 red, 1 green,
 * 2 yellow, 3 blue, or 4 on board. Actions: 0 south, 1 north, 2 east, 3 west, 4 lets the passenger in, 5 out. The mask
 * allows the actions that change something; where `masked` is 0, all. Reward: −1 each step, but 20 for the passenger
 * let out at the destination and −10 for one who is not there to be let in, or out elsewhere than at a stand.
 * Terminates when the passenger is at the destination; truncates at 200 steps. Starts with the cell, and a stand and
 * another destination, each alike: 300 states. The optimum is a mean return of 7.93; Gymnasium's threshold of 8 lies
 * above it, and this env counts as solved at 7.5.
 *
 * @see https://gymnasium.farama.org/environments/toy_text/taxi; reference data: spec/golden/env
 */
export const taxi = defineEnv({
  id: 'Taxi-v4',
  module: import.meta.url,
  observation: discrete(STATES),
  action: discrete(ACTIONS),
  maxEpisodeSteps: 200,
  threshold: 7.5,
  params: { masked: 1 },
  state: { place: 'i32' },
  reset({ state: { place }, rng }, i) {
    const drawn = rng.integer(i, 0, CELLS * 12);
    const passenger = drawn & 3;
    const cell = Math.floor(drawn / 12);
    const other = Math.floor(drawn / 4) % 3;
    place[i] = (cell * 5 + passenger) * 4 + ((passenger + 1 + other) & 3);
  },
  step({ state: { place }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      const k = place[i] * ACTIONS + actions[i];
      place[i] = next[k];
      rewards[i] = pay[k];
      terminations[i] = delivers[k];
    }
  },
  observe({ state: { place }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = place[i];
  },
  actionMask({ state: { place }, params: { masked }, actionMasks }, from, to) {
    for (let i = from; i < to; i++) {
      for (let action = 0; action < ACTIONS; action++)
        actionMasks[i * ACTIONS + action] = masked[i] ? useful[place[i] * ACTIONS + action] : 1;
    }
  },
  render: {
    width: TILE * SIZE,
    height: TILE * SIZE,
    draw({ state: { place } }, i, frame) {
      const canvas = new Canvas(TILE * SIZE, TILE * SIZE, frame);
      const passenger = (place[i] >> 2) % 5;
      const [cellX, cellY] = corner(Math.floor(place[i] / 20));
      canvas.fill(0xc8c8c8);
      for (let cell = 0; cell < CELLS; cell++)
        canvas.rectangle(...corner(cell), TILE - 1, TILE - 1, 0xe8e6e0);
      for (const [stand, cell] of STANDS.entries()) {
        const [x, y] = corner(cell);
        canvas.rectangle(x, y, TILE - 1, TILE - 1, COLORS[stand]);
        // Where the passenger wants to go is the one that is not pale.
        if (stand !== (place[i] & 3)) canvas.rectangle(x + 2, y + 2, TILE - 5, TILE - 5, PALE[stand]);
      }
      for (const cell of WALLS) {
        const [x, y] = corner(cell);
        canvas.rectangle(x + TILE - 1.5, y - 1, 2, TILE + 1, 0x333333);
      }
      canvas.rectangle(cellX + 2, cellY + 5, TILE - 5, 7, 0xf0c020);
      canvas.rectangle(cellX + 4, cellY + 3, TILE - 9, 3, 0xf0c020);
      for (const side of [4.5, TILE - 5.5]) canvas.disc(cellX + side, cellY + 12, 1.5, 0x222222);
      const [x, y] = passenger === ON_BOARD ? [cellX, cellY] : corner(STANDS[passenger]);
      canvas.disc(x + 7.5, y + 7, 2.5, 0x7a3cc0);
    },
  },
});
