import assert from 'node:assert/strict';
import fc from 'fast-check';
import { breakout } from '../../envs/breakout.ts';
import { vectorize } from '../../lib/env/vectorize.ts';

const START = {
  ...{ paddle: 257, paddleWidth: 62, x: 272, y: 135, vx: 0, vy: 0 },
  ...{ speed: 256, hits: 0, balls: 5, score: 0 },
};
type Game = typeof START;
const NAMES = Object.keys(START) as (keyof Game)[];
const [STAY, LEFT, RIGHT] = [0, 1, 2];
const POINTS = [7, 7, 4, 4, 1, 1];
const ALL = Array.from({ length: 108 }, (_, brick) => brick);
const brickAt = (row: number, column: number) => 18 * row + column;
/** The ball above the paddle, out of everything's way; 240 pixels per second are 4 a frame. */
const FLYING = { x: 256, y: 200, vx: 0, vy: -240 };

/** The form that is looked at: with the kernel, or the JavaScript that it is to do the same as. */
let env: typeof breakout;

/** A world in a state of one's own, paid by points: of its wall only the bricks that are named are there. */
const open = (
  game: Partial<Game> = {},
  bricks: readonly number[] = ALL,
  seed = 0,
  params = { rewardLimit: 28 },
) => {
  const envs = vectorize(env, { numEnvs: 1, seed, params });
  for (const [name, value] of Object.entries({ ...START, ...game })) envs.state[name][0] = value;
  for (const brick of ALL) envs.state.bricks[10 + brick] = bricks.includes(brick) ? 0 : 1;
  return {
    envs,
    act(action = STAY) {
      envs.actions[0] = action;
      envs.advance();
      return Object.fromEntries(NAMES.map((name) => [name, envs.state[name][0]])) as unknown as Game;
    },
    left: () => ALL.filter((brick) => envs.state.bricks[10 + brick] === 0),
    came: () => [envs.rewards[0], envs.terminations[0]],
  };
};

const close = (got: number, expected: number, name = '') =>
  assert.ok(Math.abs(got - expected) < 1e-9, `${name}: expected ${expected}, got ${got}`);
/** Some of a game's numbers. */
const closeGame = (got: Game, expected: Partial<Game>) => {
  for (const [name, value] of Object.entries(expected)) close(got[name as keyof Game], value, name);
};

for (const [name, form] of Object.entries({
  breakout,
  'breakout without its kernel': { ...breakout, kernel: undefined },
}))
  describe(name, () => {
    before(() => {
      env = form;
    });
    plays();
  });

function plays() {
  it('starts with the paddle in the middle, the ball above it, and a whole wall', () => {
    const { state, observations } = vectorize(env, { numEnvs: 3, seed: 1 });
    for (const name of NAMES) assert.deepEqual([...state[name]], Array(3).fill(START[name]), name);
    const seen = [257 / 576, 312 / 330, 272 / 576, 135 / 330, 0, 0, 0, 0, 1, 1].map(Math.fround);
    assert.deepEqual([...observations.subarray(118, 236)], [...seen, ...Array(108).fill(0)]);
  });

  it('fires the ball in the first frame, 55.4° from the vertical, to either side alike', () => {
    const n = 4000;
    const envs = vectorize(env, { numEnvs: n, seed: 2 });
    envs.advance();
    const { x, y, vx, vy } = envs.state;
    let right = 0;
    for (let i = 0; i < n; i++) {
      close(Math.atan2(Math.abs(vx[i]), vy[i]), Math.PI / 3.25);
      close(Math.hypot(vx[i], vy[i]), 256);
      close(x[i], 272 + (4 * vx[i]) / 60);
      close(y[i], 135 + (4 * vy[i]) / 60);
      right += +(vx[i] > 0);
    }
    // Five standard deviations of n fair coins.
    assert.ok(Math.abs(right - n / 2) < 2.5 * Math.sqrt(n), `${right}`);
  });

  it('moves the paddle by 620 pixels per second within the field', () => {
    const moved = (action: number, game: Partial<Game> = {}) =>
      open({ ...FLYING, ...game }).act(action).paddle;
    close(moved(STAY), 257);
    close(moved(LEFT), 257 - (4 * 620) / 60);
    close(moved(RIGHT), 257 + (4 * 620) / 60);
    close(moved(LEFT, { paddle: 20 }), 0);
    close(moved(RIGHT, { paddle: 500 }), 514);
    close(moved(RIGHT, { paddle: 520, paddleWidth: 31 }), 545);
  });

  it('turns the ball at the side walls, where a frame ends', () => {
    // 4 pixels to x 2, half a frame to the wall, then two frames back.
    const left = { x: 6, y: 200, vx: -240, vy: -120 };
    closeGame(open(left).act(), { x: 8, y: 193, vx: 240, vy: -120 });
    closeGame(open({ ...left, x: 538, vx: 240 }).act(), { x: 536, y: 193, vx: -240, vy: -120 });
    closeGame(open({ ...left, x: 16 }).act(), { x: 0, vx: -240 });
  });

  it('turns the ball at the back wall, which halves the paddle', () => {
    const after = open({ x: 100, y: 6, vx: 120, vy: -240, paddle: 200 }).act();
    closeGame(after, { x: 107, y: 8, vx: 120, vy: 240, paddle: 200, paddleWidth: 31 });
  });

  it('breaks the brick that it covers most of, from below and from above', () => {
    for (const [x, column] of [
      [256, 8],
      [256 + 15, 8],
      [256 + 17, 9],
    ]) {
      const below = open({ x, y: 124, vy: -240 });
      closeGame(below.act(), { x, y: 134, vy: 240, score: 1, speed: 256 });
      assert.deepEqual(
        below.left(),
        ALL.filter((brick) => brick !== brickAt(5, column)),
      );
      assert.deepEqual(below.came(), [1, 0]);
      const above = open({ x, y: 16, vy: 240 });
      closeGame(above.act(), { x, y: 6, vy: -240, score: 7, speed: 448 });
      assert.deepEqual(
        above.left(),
        ALL.filter((brick) => brick !== brickAt(0, column)),
      );
      assert.deepEqual(above.came(), [7, 0]);
    }
  });

  it('breaks bricks from the sides', () => {
    // Column 10 is at x 320 … 352, row 3 at y 86 … 98.
    const fromLeft = open({ x: 286, y: 90, vx: 240, vy: 60 }, [brickAt(3, 10)]);
    closeGame(fromLeft.act(), { x: 276, y: 93.5, vx: -240, vy: 60, score: 4 });
    const fromRight = open({ x: 354, y: 90, vx: -240, vy: 60 }, [brickAt(3, 10)]);
    closeGame(fromRight.act(), { x: 364, y: 93.5, vx: 240, vy: 60, score: 4 });
    // Its y is past the brick's lower edge when it gets there.
    assert.deepEqual(open({ x: 286, y: 97.5, vx: 240, vy: 120 }, [brickAt(3, 10)]).act().score, 0);
  });

  it('breaks one brick a frame: the one that it meets first', () => {
    const [beside, above] = [brickAt(5, 10), brickAt(4, 9)];
    // A quarter of a frame to the brick beside, half of one to that above.
    const game = open({ x: 287, y: 112, vx: 240, vy: -240, balls: 0 }, [beside, above]);
    // Frames end at (288, 111) and, a quarter of a frame later, at (287, 110); then two go by freely.
    closeGame(game.act(), { x: 279, y: 118, vx: -240, vy: 240, score: 2 });
    assert.deepEqual(game.left(), []);
    // Nearer to the upper one, which then turns it away from the other.
    const other = open({ x: 286, y: 111, vx: 240, vy: -240 }, [beside, above]);
    // (287, 110); (288, 111) at the brick beside, since 4 pixels cross its face at 320.
    closeGame(other.act(), { x: 280, y: 119, vx: -240, vy: 240, score: 2 });
    assert.deepEqual(other.left(), []);
  });

  it('pays 7, 4 and 1 points by rows, and goes fastest after one of the upper three', () => {
    for (const [row, points] of POINTS.entries()) {
      const game = open({ x: 256, y: 50 + 12 * (row + 1) + 2, vy: -240 }, [brickAt(row, 8)]);
      closeGame(game.act(), { score: points, speed: row < 3 ? 448 : 256 });
      assert.deepEqual(game.came(), [points, 0]);
    }
  });

  it('is paid 1 for bricks, unless it is told otherwise, however many points they are', () => {
    for (const [x, y, reward] of [
      [256, 64, 1],
      [256, 150, 0],
    ]) {
      const game = open({ x, y, vy: -240 }, [brickAt(0, 8)], 0, breakout.params);
      closeGame(game.act(), { score: 7 * reward });
      assert.deepEqual(game.came(), [reward, 0]);
    }
  });

  it('leaves the paddle at −45° … 45°, in proportion to where it was struck, with its speed', () => {
    // Half a frame to the paddle, then three frames.
    const struck = { paddle: 200, y: 278, vy: 240, speed: 320 };
    const angles = fc.double({ min: 168.01, max: 261.99, noNaN: true });
    fc.assert(
      fc.property(angles, (x) => {
        const place = Math.max(0, Math.min(1, (x + 16 - 200) / 62));
        const angle = ((90 * place - 45) * Math.PI) / 180;
        const [vx, vy] = [320 * Math.sin(angle), -320 * Math.cos(angle)];
        closeGame(open({ ...struck, x }).act(), { vx, vy, x: x + vx / 20, y: 280 + vy / 20, hits: 1 });
      }),
    );
    closeGame(open({ ...struck, x: 215 }).act(), { vx: 0, vy: -320 });
    closeGame(open({ ...struck, x: 184 }).act(), { vx: -320 * Math.SQRT1_2, vy: -320 * Math.SQRT1_2 });
    for (const x of [168, 262]) closeGame(open({ ...struck, x }).act(), { y: 294, vy: 240, hits: 0 });
    // Where it is struck after both have moved: half a frame of the ball, a frame of the paddle.
    const angle = (90 * ((215 + 1 + 16 - 200 + 620 / 60) / 62) - 45) * (Math.PI / 180);
    closeGame(open({ ...struck, x: 215, vx: 120 }).act(LEFT), { vx: 320 * Math.sin(angle) });
  });

  it('is 64 faster after every fourth touch, 448 at most', () => {
    for (const [hits, speed, next] of [
      [2, 256, 256],
      [3, 256, 320],
      [7, 320, 384],
      [8, 384, 384],
      [11, 384, 448],
      [15, 448, 448],
    ]) {
      const after = open({ paddle: 200, x: 215, y: 278, vy: 240, hits, speed }).act();
      closeGame(after, { hits: hits + 1, speed: next, vy: -speed });
    }
  });

  it('costs a ball below the paddle, and begins a round with what is left of the wall', () => {
    const worn = { paddleWidth: 31, speed: 448, hits: 9, score: 50 };
    const game = open({ ...worn, x: 10, y: 318, vy: 240, balls: 1 }, [3, 100]);
    // A frame until it is lost, three of the new round.
    const after = game.act();
    const vy = 256 * Math.cos(Math.PI / 3.25);
    closeGame(after, { ...START, x: after.x, vx: after.vx, vy, y: 135 + vy / 20, score: 50, balls: 0 });
    assert.deepEqual(
      [game.left(), game.came()],
      [
        [3, 100],
        [0, 0],
      ],
    );
    const last = open({ ...worn, x: 10, y: 318, vy: 240, balls: 0 });
    closeGame(last.act(), { y: 322, balls: 0 });
    assert.deepEqual(last.came(), [0, 1]);
    const beside = open({ x: 3, y: 317, vx: -240, vy: 240, balls: 0 });
    closeGame(beside.act(), { x: 0, y: 320, balls: 0 });
    assert.deepEqual(beside.came(), [0, 1], 'at a side wall too');
    assert.equal(open({ ...worn, x: 10, y: 300, vy: 240, balls: 1 }).act().balls, 1, '4 frames to y 316');
  });

  it('builds a second wall when the first is gone and the paddle is touched, and ends at 864', () => {
    const touching = { paddle: 200, x: 215, y: 278, vy: 240 };
    for (const [score, bricks] of [
      [432, 108],
      [431, 0],
    ]) {
      const game = open({ ...touching, score }, []);
      game.act();
      assert.equal(game.left().length, bricks);
    }
    const flying = open({ ...FLYING, score: 432 }, []);
    flying.act();
    assert.deepEqual(flying.left(), []);
    const won = open({ x: 256, y: 124, vy: -240, score: 863 }, [brickAt(5, 8)]);
    closeGame(won.act(), { score: 864, y: 122 });
    assert.deepEqual(won.came(), [1, 1]);
    assert.equal(breakout.scores?.score({ state: { score: [31, 77] } } as never, 1), 77);
  });

  it('never lets the ball into a brick or out of the field, counts points, and shows what is there', () => {
    // Plays mostly well, to get far.
    const erring = fc.double({ min: 0, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(),
        erring,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (seed, p, random) => {
          const { envs, act, left } = open({}, ALL, seed);
          let game = START;
          for (let t = 0; t < 1500 && !envs.terminations[0]; t++) {
            const { value } = random.next();
            const aside = game.x + 16 - game.paddle - (game.paddleWidth * ((t >> 5) % 8)) / 7;
            game = act(
              value < p
                ? Math.floor((3 * value) / p) % 3
                : Math.abs(aside) < 10
                  ? STAY
                  : aside < 0
                    ? LEFT
                    : RIGHT,
            );
            const { x, y } = game;
            assert.ok(x >= 0 && x <= 544 && y >= 0 && y <= 328, `${x}, ${y}`);
            const there = left();
            for (const brick of there) {
              const [top, start] = [50 + 12 * Math.floor(brick / 18), 32 * (brick % 18)];
              const depth = Math.min(x + 32 - start, start + 32 - x, y + 32 - top, top + 12 - y);
              assert.ok(depth <= 1e-9, `the ball at ${x}, ${y} is in brick ${brick}`);
            }
            const broken = ALL.filter((brick) => !there.includes(brick));
            const points = broken.reduce((sum, brick) => sum + POINTS[Math.floor(brick / 18)], 0);
            assert.equal(game.score % 432, points % 432);
            const seen = [game.paddle / 576, 312 / 330, x / 576, y / 330, game.vx / 512, game.vy / 512];
            seen.push(game.vy === 0 ? 0 : 0.2, game.score / 864, game.balls / 5, game.paddleWidth / 62);
            const wall = ALL.map((brick) => +!there.includes(brick));
            assert.deepEqual([...envs.observations], [...seen.map(Math.fround), ...wall]);
          }
        },
      ),
      { numRuns: 20 },
    );
  }).timeout(20_000);

  it('draws the wall, the paddle and the ball', () => {
    const { envs } = open({ paddle: 60, x: 384, y: 204 }, [brickAt(0, 0), brickAt(5, 17)]);
    const { width, height, data } = envs.render(0)!;
    assert.deepEqual([width, height], [96, 55]);
    const color = (x: number, y: number) => data.subarray(3 * (96 * y + x), 3 * (96 * y + x) + 3).join();
    const ground = color(50, 20);
    for (const [x, y] of [
      [66, 36],
      [12, 52],
      [2, 9],
      [93, 19],
    ])
      assert.notEqual(color(x, y), ground, `${x}, ${y}`);
    for (const [x, y] of [
      [8, 9],
      [93, 9],
      [25, 52],
      [62, 36],
    ])
      assert.equal(color(x, y), ground, `${x}, ${y}`);
  });
}
