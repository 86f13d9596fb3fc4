import assert from 'node:assert/strict';
import fc from 'fast-check';
import { snake } from '../../envs/snake.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { Random } from '../../lib/random.ts';
import { RowRandom } from '../../lib/rng.ts';

const [WIDTH, HEIGHT, AGENTS, SEEN] = [640, 360, 256, 121];
const [EMPTY, FOOD, CORPSE, WALL, BODY] = [0, 1, 2, 3, 4];
const [UP, DOWN, LEFT, RIGHT] = [0, 1, 2, 3];
const AHEAD = [-WIDTH, WIDTH, -1, 1];
const at = (x: number, y: number) => y * WIDTH + x;
/** A tile without what it knows of the body's course. */
const whose = (tile: number) => (tile < BODY ? tile : BODY + Math.floor((tile - BODY) / 4));

/** Worlds with nothing around them, after a reset. */
function open(seed = 0, worlds = 1) {
  const rows = worlds * AGENTS;
  const i32 = () => new Int32Array(rows);
  const state = { tiles: new Uint16Array(worlds * WIDTH * HEIGHT), head: i32(), tail: i32(), length: i32() };
  const context = {
    ...{ state, params: {}, rng: new RowRandom(seed, 0, new Uint32Array(worlds)), actions: i32() },
    ...{ rewards: new Float32Array(rows).fill(9), terminations: new Uint8Array(rows).fill(9) },
    ...{ spawned: new Uint8Array(rows), observations: new Int8Array(rows * SEEN).fill(9) },
    actionMasks: new Uint8Array(0),
  };
  for (let world = 0; world < worlds; world++) snake.reset(context, world);
  const { head, tail, length, tiles } = state;
  /** One step of some snakes, while the others stand still; their rewards and terminations. */
  const act = (...actions: [agent: number, action: number][]) => {
    context.spawned.fill(1);
    for (const [agent, action] of actions) {
      context.spawned[agent] = 0;
      context.actions[agent] = action;
    }
    snake.step(context, 0, worlds);
    return actions.map(([agent]) => [+context.rewards[agent].toFixed(6), context.terminations[agent]]);
  };
  return {
    context,
    act,
    ...state,
    /** Leaves nothing but walls, except in what is given. */
    clear([left, right, top, bottom] = [5, WIDTH - 5, 5, HEIGHT - 5]) {
      tiles.fill(WALL);
      for (let y = top; y < bottom; y++) tiles.fill(EMPTY, at(left, y), at(right, y));
    },
    /** Puts a snake of one segment somewhere. */
    put(agent: number, cell: number) {
      tiles[cell] = BODY + 4 * agent;
      head[agent] = cell;
      tail[agent] = cell;
      length[agent] = 1;
    },
    /** Goes where it is told, with a corpse to grow on before each step. */
    grow(agent: number, ...way: number[]) {
      for (const action of way) {
        tiles[head[agent] + AHEAD[action]] = CORPSE;
        assert.deepEqual(act([agent, action]), [[0.1, 0]]);
      }
    },
    /** What a snake sees, without empty rows above and below: @ itself, x others, # wall, f food, c corpse. */
    view(agent: number) {
      snake.observe(context, 0, worlds);
      const codes = [...context.observations.subarray(agent * SEEN, (agent + 1) * SEEN)];
      const letters = codes.map((code) => 'x@#.fc'[code + 3]).join('');
      const lines = letters.match(/.{11}/g) as string[];
      return lines
        .join(' ')
        .replace(/^(\.{11} )+|( \.{11})+$/g, '')
        .split(' ');
    },
    count: (tile: number) => tiles.reduce((sum, other) => sum + +(other === tile), 0),
  };
}

describe('snake', () => {
  it('begins with 4096 food and 256 snakes of one segment, in the cells within the walls', () => {
    const { tiles, head, tail, length, count } = open(5, 2);
    assert.deepEqual([count(FOOD), count(CORPSE)], [2 * 4096, 0]);
    assert.equal(count(WALL), 2 * (WIDTH * HEIGHT - (WIDTH - 10) * (HEIGHT - 10)));
    for (let row = 0; row < 2 * AGENTS; row++) {
      const world = Math.floor(row / AGENTS);
      assert.equal(whose(tiles[world * WIDTH * HEIGHT + head[row]]), BODY + (row % AGENTS));
    }
    assert.deepEqual(tail, head);
    assert.ok(length.every((segments) => segments === 1));
    assert.notDeepEqual(tiles.slice(0, WIDTH * HEIGHT), tiles.slice(WIDTH * HEIGHT));
  });

  it('moves into an empty cell for nothing, and takes its tail along', () => {
    const { act, clear, grow, put, view } = open();
    clear();
    put(7, at(100, 100));
    grow(7, RIGHT, RIGHT);
    assert.deepEqual(act([7, DOWN]), [[0, 0]]);
    assert.deepEqual(view(7), ['....@@.....', '.....@.....']);
    assert.deepEqual(act([7, LEFT]), [[0, 0]]);
    assert.deepEqual(view(7), ['......@....', '.....@@....']);
  });

  it('grows on food, which comes again in an empty cell, and on corpses, which do not', () => {
    const { act, count, head, length, put, tiles } = open();
    const cell = tiles.indexOf(FOOD);
    tiles[cell - 1] = EMPTY;
    put(3, cell - 1);
    assert.deepEqual(act([3, RIGHT]), [[0.1, 0]]);
    assert.deepEqual([head[3], length[3], count(FOOD)], [cell, 2, 4096]);
    tiles[cell + WIDTH] = CORPSE;
    assert.deepEqual(act([3, DOWN]), [[0.1, 0]]);
    assert.deepEqual([head[3], length[3], count(FOOD), count(CORPSE)], [cell + WIDTH, 3, 4096, 0]);
  });

  it('grows to 1023 segments at most', () => {
    const { act, clear, grow, length, put, tiles, view } = open();
    clear();
    put(0, at(100, 100));
    grow(0, RIGHT);
    length[0] = 1023;
    tiles[at(102, 100)] = CORPSE;
    assert.deepEqual(act([0, RIGHT]), [[0.1, 0]]);
    assert.equal(length[0], 1023);
    assert.deepEqual(view(0), ['....@@.....']);
  });

  it('does not turn into its own neck, if it has one', () => {
    for (const [direction, back] of [
      [UP, DOWN],
      [DOWN, UP],
      [LEFT, RIGHT],
      [RIGHT, LEFT],
    ]) {
      const { act, clear, grow, head, put } = open();
      const start = at(100, 100);
      clear();
      put(0, start);
      act([0, direction]);
      act([0, back]);
      assert.equal(head[0], start, 'one segment turns back');
      grow(0, direction);
      assert.deepEqual(act([0, back]), [[0, 0]]);
      assert.equal(head[0], start + 2 * AHEAD[direction], 'two go straight on');
    }
  });

  it('dies at a wall, and of every second segment becomes a corpse', () => {
    for (const [length, remains] of [
      [1, '......'],
      [2, '.c....'],
      [5, '.c.c..'],
      [6, '.c.c.c'],
    ] as const) {
      const { act, clear, grow, put, view, tiles, count } = open();
      clear();
      put(9, at(4 + length, 100));
      grow(9, ...Array(length - 1).fill(LEFT));
      const walls = count(WALL);
      assert.deepEqual(act([9, LEFT]), [[-1, 1]]);
      assert.equal(view(9)[5], `#####${remains}`);
      assert.deepEqual([count(WALL), tiles.some((tile) => whose(tile) === BODY + 9)], [walls, false]);
    }
  });

  it('dies of its own segments, the tail too', () => {
    const { act, clear, grow, put } = open();
    clear();
    put(0, at(100, 100));
    grow(0, RIGHT, DOWN, LEFT);
    assert.deepEqual(act([0, UP]), [[-1, 1]]);
    put(1, at(200, 100));
    grow(1, RIGHT, RIGHT, RIGHT, DOWN, LEFT);
    assert.deepEqual(act([1, UP]), [[-1, 1]]);
  });

  it('lets the first of two heads in, and a later one into the cell that a tail has left', () => {
    const { act, clear, grow, head, put, view } = open();
    clear();
    put(4, at(100, 100));
    put(5, at(102, 100));
    assert.deepEqual(act([5, LEFT], [4, RIGHT]), [
      [-1, 1],
      [0, 0],
    ]);
    assert.equal(head[4], at(101, 100));
    put(8, at(101, 101));
    assert.deepEqual(act([4, RIGHT], [8, UP]), [
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual(view(8), ['.....@x....']);
    grow(8, UP);
    assert.deepEqual(act([4, LEFT], [8, UP])[0], [-1, 1], 'the tail of a later one is still there');
  });

  it('spawns in an empty cell with one segment, which does not move in that step', () => {
    const { act, clear, context, head, length, put, tail, tiles } = open();
    clear([300, 400, 200, 260]);
    put(0, at(300, 200));
    const before = tiles.slice();
    snake.spawn?.(context, 6);
    const cell = head[6];
    assert.deepEqual([tail[6], length[6], before[cell], whose(tiles[cell])], [cell, 1, EMPTY, BODY + 6]);
    assert.equal(tiles.filter((tile, k) => tile !== before[k]).length, 1);
    act([0, UP]);
    assert.deepEqual([head[6], context.rewards[6], context.terminations[6]], [cell, 0, 0]);
    assert.throws(() => {
      clear([0, 0, 0, 0]);
      snake.spawn?.(context, 6);
    }, /snake: expected an empty cell/);
  });

  it('leaves what a dead one does when it is spawned anew while it lives', () => {
    const { clear, context, count, grow, put, tiles, view } = open();
    clear();
    put(6, at(100, 100));
    grow(6, RIGHT, RIGHT, DOWN);
    put(7, at(100, 102));
    snake.spawn?.(context, 6);
    assert.equal(tiles.filter((tile) => whose(tile) === BODY + 6).length, 1);
    assert.equal(count(CORPSE), 2);
    assert.deepEqual([tiles[at(100, 100)], tiles[at(102, 100)]], [CORPSE, CORPSE]);
    assert.equal(view(7)[0], '.....c.c...');
  });

  it('shows the 11×11 cells around the head, its own segments apart from those of others', () => {
    const { clear, grow, put, tiles, view } = open();
    clear();
    put(0, at(7, 6));
    grow(0, RIGHT);
    put(1, at(6, 8));
    tiles[at(12, 10)] = FOOD;
    tiles[at(13, 11)] = CORPSE;
    tiles[at(14, 11)] = FOOD;
    const wall = '###########';
    const beside = ['##.........', '##..@@.....', '##.........', '##.x.......', '##.........'];
    assert.deepEqual(view(0), [wall, wall, wall, wall, ...beside, '##.......f.', '##........c']);
    const empty = '####.......';
    const others = [empty, '####..xx...', empty, '####.@.....', ...Array(5).fill(empty)];
    assert.deepEqual(view(1), [wall, wall, ...others]);
  });

  it('does what a plain model does', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new Random(seed);
        const { clear, context, count, head, length, tiles } = open(seed);
        clear([100, 220, 100, 220]);
        for (const [cell, tile] of tiles.entries())
          if (tile === EMPTY && random.uniform() < 0.4) tiles[cell] = CORPSE;
        const model = new Map([...tiles.entries()].filter(([, tile]) => tile !== WALL));
        /** Cells from the head on. */
        const bodies: number[][] = [];
        const begin = (agent: number) => {
          snake.spawn?.(context, agent);
          assert.equal(model.get(head[agent]), EMPTY);
          model.set(head[agent], BODY + agent);
          bodies[agent] = [head[agent]];
        };
        for (let agent = 0; agent < AGENTS; agent++) begin(agent);
        for (let t = 0; t < 12; t++) {
          for (let agent = 0; agent < AGENTS; agent++) {
            context.spawned[agent] = t > 0 ? context.terminations[agent] : 0;
            if (context.spawned[agent]) begin(agent);
            context.actions[agent] = random.integer(0, 4);
          }
          snake.step(context, 0, 1);
          for (const [agent, body] of bodies.entries()) {
            const result = [Math.fround(context.rewards[agent]), context.terminations[agent]];
            if (context.spawned[agent]) {
              assert.deepEqual(result, [0, 0]);
              continue;
            }
            const wished = body[0] + AHEAD[context.actions[agent]];
            const entered = wished === body[1] ? 2 * body[0] - body[1] : wished;
            const found = model.get(entered) ?? WALL;
            assert.deepEqual(result, found >= WALL ? [-1, 1] : [found === CORPSE ? Math.fround(0.1) : 0, 0]);
            if (found >= WALL)
              for (const [k, cell] of body.entries()) model.set(cell, k % 2 ? CORPSE : EMPTY);
            else {
              model.set(entered, BODY + agent);
              body.unshift(entered);
              if (found === EMPTY) model.set(body.pop() as number, EMPTY);
              assert.equal(length[agent], body.length);
            }
          }
          const wrong = [...model].filter(([cell, tile]) => whose(tiles[cell]) !== tile);
          assert.deepEqual(wrong, []);
          assert.equal(count(WALL), WIDTH * HEIGHT - 120 * 120);
        }
      }),
      { numRuns: 5 },
    );
  });

  it('gives a dead snake of a vector a step to begin anew, and its length to the scores', () => {
    const envs = vectorize(snake, { numEnvs: 1, seed: 1 });
    envs.actions.fill(UP);
    do envs.advance();
    while (!envs.terminations.includes(1));
    const dead = [...envs.terminations.keys()].filter((row) => envs.terminations[row]);
    const lengths = dead.map((row) => envs.state.length[row]);
    const mean = lengths.reduce((sum, segments) => sum + segments, 0) / dead.length;
    assert.ok(dead.length < AGENTS);
    assert.equal(envs.scores.episodeScores?.length, mean);
    envs.advance();
    for (const row of dead) {
      assert.deepEqual([envs.masks[row], envs.rewards[row], envs.terminations[row]], [0, 0, 0]);
      assert.deepEqual([envs.state.length[row], envs.state.tail[row]], [1, envs.state.head[row]]);
    }
    assert.equal(envs.masks.filter((mask) => mask === 1).length, AGENTS - dead.length);
  });

  it('draws a pixel for 4×4 cells', () => {
    const { clear, context, put, tiles } = open();
    clear();
    tiles[at(43, 81)] = FOOD;
    tiles[at(60, 100)] = CORPSE;
    tiles[at(61, 100)] = FOOD;
    put(0, at(102, 100));
    const { width, height, draw } = snake.render!;
    const frame = new Uint8Array(width * height * 3).fill(255);
    draw(context, 0, frame);
    assert.deepEqual([width, height], [160, 90]);
    const color = (x: number, y: number) =>
      frame.subarray(3 * (y * width + x), 3 * (y * width + x) + 3).join();
    const seen = [color(80, 80), color(0, 50), color(159, 89), color(10, 20), color(15, 25), color(25, 25)];
    assert.equal(seen[1], seen[2]);
    assert.equal(new Set(seen).size, 5);
    const colors = Array.from({ length: width * height }, (_, k) => color(k % width, Math.floor(k / width)));
    const pixels = (found: string) => colors.filter((other) => other === found).length;
    assert.deepEqual(seen.slice(3).map(pixels), [1, 1, 1]);
  });
});
