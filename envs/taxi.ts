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
});
