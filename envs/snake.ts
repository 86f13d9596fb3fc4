import { defineEnv, type EnvContext } from '../lib/env/env.ts';
import { envKernels } from '../lib/env/kernelModule.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const WIDTH = 640;
const HEIGHT = 360;
const CELLS = WIDTH * HEIGHT;
/** Cells of wall along each edge: no window of a living snake leaves the world. */
const WALL_DEPTH = 5;
const SNAKES = 256;
const FOODS = 4096;
const LONGEST = 1023;
/** The first cell within the walls. */
const FIRST = WALL_DEPTH * (WIDTH + 1);
const WINDOW = 2 * WALL_DEPTH + 1;
const SEEN = WINDOW * WINDOW;

const EMPTY = 0;
const FOOD = 1;
const CORPSE = 2;
const WALL = 3;
/**
 * Tiles from here on are segments: 4 · (1 + snake) + the direction in which the next segment towards the head lies. So
 * the tiles are all there is of a body, from its tail on. In the head it is the direction in which it came.
 */
const BODY = 4;
/** Up, down, left, right: opposite ones differ in the last bit. */
const AHEAD = Int32Array.of(-WIDTH, WIDTH, -1, 1);

/** What is shown of EMPTY, FOOD, CORPSE and WALL: what feeds is positive, what kills is negative. */
const SHOWN = Int8Array.of(0, 1, 2, -1);
const OWN = -2;
const OTHER = -3;

/** Cells of a pixel's width. */
const SCALE = 4;
const COLORS = [
  [6, 24, 24],
  [150, 150, 40],
  [150, 80, 40],
  [90, 90, 90],
];
const SNAKE_COLORS = [
  [0, 187, 187],
  [230, 80, 80],
  [90, 200, 90],
  [200, 110, 220],
  [90, 140, 240],
  [241, 241, 241],
];

const state = {
  tiles: { type: 'u16', width: CELLS, low: EMPTY, high: BODY * (SNAKES + 1) - 1 },
  head: { type: 'i32', per: 'agent', low: FIRST, high: CELLS - 1 - FIRST },
  tail: { type: 'i32', per: 'agent', low: FIRST, high: CELLS - 1 - FIRST },
  length: { type: 'i32', per: 'agent', low: 1, high: LONGEST },
} as const;

type World = Pick<EnvContext<typeof state>, 'state' | 'rng'>;

/**
 * 256 snakes in one world eat, grow, and are in each other's way. PufferLib's Ocean snake.
 *
 * The world has 640×360 cells, of which 5 along each edge are wall, and 4096 food; food that is eaten comes again in an
 * empty cell. Snakes move by a cell a step, one after the other by their number: the first of two that want a cell
 * gets it. Who enters food or a corpse grows by a segment, up to 1023. Who enters a wall or a segment dies, be it that
 * of its own tail, which leaves its cell after the head has moved. A snake that is told to turn back into its own neck
 * goes straight on. Of a dead snake every second segment, counted from the head, becomes a corpse, and the others
 * leave empty cells. A snake begins with one segment, in an empty cell, each alike.
 *
 * Observation, Box(11, 11), int8: the cells around the head, row by row; 1 food, 2 corpse, 0 empty, −1 wall, −2 the
 * snake's own segments, −3 those of others (PufferLib shows tiles as they are stored, with four colours of snakes,
 * which don't tell one's own body from others). Actions: 0 up, 1 down, 2 left, 3 right. Reward: 0.1 for food and for a
 * corpse, −1 for death. Terminates at death (PufferLib's snakes begin anew without an end), never truncates: the world
 * goes on with whoever lives, and has no end of its own. A snake that a time limit truncates leaves what a dead one
 * does. Score: the length.
 *
 * @see https://github.com/PufferAI/PufferLib, ocean/snake
 */
export const snake = defineEnv({
  id: 'Snake-v0',
  module: import.meta.url,
  observation: box(OTHER, SHOWN[CORPSE], [WINDOW, WINDOW], 'i8'),
  action: discrete(4),
  agents: SNAKES,
  state,
  reset(context, world) {
    const { tiles } = context.state;
    const base = world * CELLS;
    tiles.fill(WALL, base, base + CELLS);
    for (let y = WALL_DEPTH; y < HEIGHT - WALL_DEPTH; y++) {
      const row = base + y * WIDTH;
      tiles.fill(EMPTY, row + WALL_DEPTH, row + WIDTH - WALL_DEPTH);
    }
    for (let k = 0; k < FOODS; k++) tiles[base + emptyCell(context, world)] = FOOD;
    for (let a = 0; a < SNAKES; a++) begin(context, world, a);
  },
  spawn(context, row) {
    const { tiles, head, tail, length } = context.state;
    const agent = row % SNAKES;
    const world = (row - agent) / SNAKES;
    const base = world * CELLS;
    // Whoever has not died was cut off by a time limit, and still lies there.
    if (tiles[base + head[row]] >> 2 === 1 + agent) decay(tiles, base, tail[row], length[row]);
    begin(context, world, agent);
  },
  step(context, from, to) {
    const { actions, rewards, terminations, spawned } = context;
    const { tiles, head, tail, length } = context.state;
    for (let world = from; world < to; world++) {
      const base = world * CELLS;
      for (let agent = 0; agent < SNAKES; agent++) {
        const row = world * SNAKES + agent;
        rewards[row] = 0;
        terminations[row] = 0;
        if (spawned[row]) continue;
        const own = BODY * (1 + agent);
        const cell = head[row];
        const heading = tiles[base + cell] & 3;
        const turnsBack = (actions[row] ^ 1) === heading && length[row] > 1;
        const direction = turnsBack ? heading : actions[row];
        const entered = cell + AHEAD[direction];
        const tile = tiles[base + entered];
        if (tile >= WALL) {
          rewards[row] = -1;
          terminations[row] = 1;
          decay(tiles, base, tail[row], length[row]);
          continue;
        }
        tiles[base + cell] = own + direction;
        tiles[base + entered] = own + direction;
        head[row] = entered;
        if (tile !== EMPTY && length[row] < LONGEST) length[row]++;
        else {
          const last = tail[row];
          tail[row] = last + AHEAD[tiles[base + last] & 3];
          tiles[base + last] = EMPTY;
        }
        if (tile === EMPTY) continue;
        rewards[row] = 0.1;
        if (tile === FOOD) tiles[base + emptyCell(context, world)] = FOOD;
      }
    }
  },
  observe({ state: { tiles, head }, observations }, from, to) {
    // Most cells are empty: what isn't is written over zeros.
    observations.fill(EMPTY, from * SNAKES * SEEN, to * SNAKES * SEEN);
    for (let world = from; world < to; world++) {
      for (let agent = 0; agent < SNAKES; agent++) {
        const row = world * SNAKES + agent;
        let cell = world * CELLS + head[row] - FIRST;
        let o = row * SEEN;
        for (let y = 0; y < WINDOW; y++) {
          for (let x = 0; x < WINDOW; x++) {
            const tile = tiles[cell + x];
            if (tile !== EMPTY)
              observations[o + x] = tile < BODY ? SHOWN[tile] : tile >> 2 === agent + 1 ? OWN : OTHER;
          }
          cell += WIDTH;
          o += WINDOW;
        }
      }
    }
  },
  kernel(memory) {
    const { snakeObserve } = envKernels(memory);
    return {
      step: (context, from, to) => {
        this.step(context, from, to);
      },
      observe({ state: { tiles, head }, observations }, from, to) {
        snakeObserve(tiles.byteOffset, head.byteOffset, observations.byteOffset, SNAKES, from, to);
      },
    };
  },
  scores: { length: ({ state: { length } }, row) => length[row] },
  // A pixel for 4×4 cells, of which the highest tile is seen: snakes before walls, corpses, food.
  render: {
    width: WIDTH / SCALE,
    height: HEIGHT / SCALE,
    draw({ state: { tiles } }, world, frame) {
      let pixel = 0;
      for (let y = 0; y < HEIGHT; y += SCALE) {
        for (let x = 0; x < WIDTH; x += SCALE) {
          let highest = 0;
          for (let k = 0; k < SCALE * SCALE; k++) {
            const cell = (y + (k >> 2)) * WIDTH + x + (k & 3);
            highest = Math.max(highest, tiles[world * CELLS + cell]);
          }
          const color = highest < BODY ? COLORS[highest] : SNAKE_COLORS[(highest >> 2) % SNAKE_COLORS.length];
          frame.set(color, 3 * pixel++);
        }
      }
    },
  },
});

/** Puts a snake of one segment into an empty cell. */
function begin(context: World, world: number, agent: number): void {
  const { tiles, head, tail, length } = context.state;
  const cell = emptyCell(context, world);
  const row = world * SNAKES + agent;
  tiles[world * CELLS + cell] = BODY * (1 + agent);
  head[row] = cell;
  tail[row] = cell;
  length[row] = 1;
}

/** Clears a body from its tail on, and leaves a corpse for every second segment, counted from the head. */
function decay(tiles: Uint16Array, base: number, tail: number, length: number): void {
  let cell = tail;
  for (let fromHead = length - 1; fromHead >= 0; fromHead--) {
    const next = cell + AHEAD[tiles[base + cell] & 3];
    tiles[base + cell] = fromHead & 1 ? CORPSE : EMPTY;
    cell = next;
  }
}

/** Draws an empty cell of a world, each alike. @throws Error if a thousand draws find none */
function emptyCell({ state: { tiles }, rng }: World, world: number): number {
  for (let draw = 0; draw < 1000; draw++) {
    const x = rng.integer(world, WALL_DEPTH, WIDTH - WALL_DEPTH);
    const y = rng.integer(world, WALL_DEPTH, HEIGHT - WALL_DEPTH);
    const cell = y * WIDTH + x;
    if (tiles[world * CELLS + cell] === EMPTY) return cell;
  }
  throw new Error('snake: expected an empty cell in a thousand draws, got none');
}
