import { Canvas } from '../lib/canvas.ts';
import { defineEnv } from '../lib/env/env.ts';
import { envKernels } from '../lib/env/kernelModule.ts';
import type { StateColumns, StateSpec } from '../lib/env/stateSpec.ts';
import { cos, sin } from '../lib/math.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';
import { FirstContact } from './firstContact.ts';

/** The field, in pixels; y grows downwards. */
const WIDTH = 576;
const HEIGHT = 330;
const ROWS = 6;
const COLUMNS = 18;
const BRICKS = ROWS * COLUMNS;
const BRICK_WIDTH = 32;
const BRICK_HEIGHT = 12;
const BRICKS_TOP = 50;
const BRICKS_BOTTOM = BRICKS_TOP + ROWS * BRICK_HEIGHT;
/** Breaking one of the rows above this sets the ball to its highest speed. */
const FAST_ROWS = 3;
/** Of both walls. */
const WALL_POINTS = 432;
const POINTS = 2 * WALL_POINTS;
const BALL = 32;
const START_Y = 135;
const PADDLE_Y = 312;
const PADDLE_WIDTH = 62;
const PADDLE_HEIGHT = 8;
const BALLS = 5;
/** Seconds a frame. */
const TICK = 1 / 60;
const FRAMESKIP = 4;
/** Pixels a frame. */
const PADDLE_STEP = 620 * TICK;
/** Pixels per second. */
const SLOWEST = 256;
const FASTEST = 448;
const FASTER = 64;
const HITS_UNTIL_FASTER = 4;
const LAUNCH_VX = SLOWEST * sin(Math.PI / 3.25);
const LAUNCH_VY = SLOWEST * cos(Math.PI / 3.25);
/** By which the ball leaves an end of the paddle, from the vertical. */
const WIDEST = Math.PI / 4;
/** What the ball may meet besides the bricks, which are 0 … 107. */
const SIDE = BRICKS;
const BACK = BRICKS + 1;
const PADDLE = BRICKS + 2;
/** Numbers that are shown before the bricks. */
const NUMBERS = 10;
const SHOWN = NUMBERS + BRICKS;
/** Velocities are shown in this unit. */
const SPEED_UNIT = 512;

const STATE = {
  /** The paddle's left edge. */
  paddle: { type: 'f64', low: 0, high: WIDTH - PADDLE_WIDTH / 2 },
  paddleWidth: { type: 'f64', low: PADDLE_WIDTH / 2, high: PADDLE_WIDTH },
  /** The ball's upper left corner. */
  x: { type: 'f64', low: 0, high: WIDTH - BALL },
  y: { type: 'f64', low: 0, high: HEIGHT },
  /** Pixels per second; both are 0 until the ball is fired. */
  vx: { type: 'f64', low: -FASTEST, high: FASTEST },
  vy: { type: 'f64', low: -FASTEST, high: FASTEST },
  /** With which the ball leaves the paddle next time. */
  speed: { type: 'f64', low: SLOWEST, high: FASTEST },
  /** Of the paddle in this round. */
  hits: 'i32',
  balls: { type: 'i32', low: 0, high: BALLS },
  score: { type: 'i32', low: 0, high: POINTS },
  /** 1 where a brick is gone, after room for the numbers that are shown before: so all rows are shown by one copy. */
  bricks: { type: 'f32', width: SHOWN, low: 0, high: 1 },
} as const satisfies StateSpec;

type Pointers = ReturnType<typeof pointersOf>;

/** Pointers to the state's columns, in their order. */
function pointersOf(state: StateColumns<typeof STATE>) {
  const { paddle, paddleWidth, x, y, vx, vy, speed, hits, balls, score, bricks } = state;
  return [
    ...([paddle.byteOffset, paddleWidth.byteOffset, x.byteOffset, y.byteOffset] as const),
    ...([vx.byteOffset, vy.byteOffset, speed.byteOffset, hits.byteOffset] as const),
    ...([balls.byteOffset, score.byteOffset, bricks.byteOffset] as const),
  ] as const;
}

const contact = new FirstContact(BALL);

/** Points for a brick of each row. */
const ROW_POINTS = [7, 7, 4, 4, 1, 1];

function beginRound(state: StateColumns<typeof STATE>, i: number): void {
  state.paddle[i] = (WIDTH - PADDLE_WIDTH) / 2;
  state.paddleWidth[i] = PADDLE_WIDTH;
  state.x[i] = (WIDTH - BALL) / 2;
  state.y[i] = START_Y;
  state.vx[i] = 0;
  state.vy[i] = 0;
  state.speed[i] = SLOWEST;
  state.hits[i] = 0;
}

/** Offers the bricks that are still there where the ball may come in a frame. */
function offerBricks(bricks: Float32Array, first: number, x: number, y: number, dx: number, dy: number) {
  const lastColumn = Math.min(COLUMNS - 1, Math.floor((Math.max(x, x + dx) + BALL) / BRICK_WIDTH));
  const lastRow = Math.min(ROWS - 1, Math.floor((Math.max(y, y + dy) + BALL - BRICKS_TOP) / BRICK_HEIGHT));
  const firstColumn = Math.max(0, Math.floor(Math.min(x, x + dx) / BRICK_WIDTH));
  const firstRow = Math.max(0, Math.floor((Math.min(y, y + dy) - BRICKS_TOP) / BRICK_HEIGHT));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const brick = COLUMNS * row + column;
      if (bricks[first + brick] === 0) {
        const top = BRICKS_TOP + BRICK_HEIGHT * row;
        contact.rectangle(BRICK_WIDTH * column, top, BRICK_WIDTH, BRICK_HEIGHT, brick);
      }
    }
  }
}

const SCALE = 6;
const COLORS = [0xc84848, 0xc66c3a, 0xb47a30, 0xa2a22a, 0x48a048, 0x4248c8];

/**
 * A wall is to be broken brick by brick with a ball that must not fall past the paddle. PufferLib's Ocean breakout.
 *
 * The field is 576×330 pixels, y grows downwards; 6 rows of 18 bricks of 32×12 begin at y 50, the paddle of 62×8 is at
 * y 312, the ball is 32×32. An action lasts 4 frames of 1/60 s. The paddle moves at 620 pixels per second. In a frame
 * the ball moves up to what it meets first, and there turns: side walls, back wall, the paddle's upper face, or a
 * brick, which breaks. The paddle turns it to an angle from the vertical of −45° at its left end to 45° at its right
 * (PufferLib also sends a ball off whose centre is beyond an end, at up to 91°: here it gets the angle of that end). It
 * leaves with 256 pixels per second, after each fourth touch with 64 more, up to 448, and with 448 once a brick of the
 * upper three rows has broken. The back wall halves the paddle, which keeps its left edge, for the rest of the round.
 * When all bricks are gone, the paddle's next touch brings a second wall, the last.
 *
 * A round begins with the paddle in the middle, the ball above it at y 135; the first frame fires it downwards, 55.4°
 * from the vertical, left or right, each alike. A ball that falls below the paddle costs one of 5.
 *
 * Observation, Box(118): the paddle's x over 576 and y over 330, the ball's x over 576 and y over 330, its vx and vy in
 * units of 512 pixels per second (PufferLib: per frame, which leaves next to nothing), balls fired in this round over
 * 5, points over 864, balls left over 5, paddle's width over 62; then for each brick, row by row, 1 where it is gone.
 * Actions: 0 stays, 1 moves left, 2 right. Reward: the points of the bricks that were broken, 7 in the upper two rows,
 * then 4, then 1, but in a step at most `rewardLimit`: 1, to which PufferLib's trainer clamps them. Terminates when a
 * ball falls and none is left, and at 864 points; truncates at 27,000 steps, the 108,000 frames after which Atari's
 * Breakout is cut off, because rallies can go on forever (PufferLib has no limit). Score: points.
 *
 * @see https://github.com/PufferAI/PufferLib, ocean/breakout
 */
export const breakout = defineEnv({
  id: 'Breakout-v0',
  module: import.meta.url,
  observation: box(-1, 1, [SHOWN]),
  action: discrete(3),
  maxEpisodeSteps: 27_000,
  params: { rewardLimit: 1 },
  state: STATE,
  reset({ state, state: { balls, score, bricks } }, i) {
    balls[i] = BALLS;
    score[i] = 0;
    bricks.fill(0, SHOWN * i, SHOWN * (i + 1));
    beginRound(state, i);
  },
  step({ state, params: { rewardLimit }, actions, rewards, terminations, rng }, from, to) {
    const { paddle, paddleWidth, x, y, vx, vy, speed, hits, balls, score, bricks } = state;
    for (let i = from; i < to; i++) {
      const first = SHOWN * i + NUMBERS;
      const move = actions[i] === 0 ? 0 : PADDLE_STEP * (2 * actions[i] - 3);
      const before = score[i];
      let over = false;
      for (let frame = 0; frame < FRAMESKIP && !over; frame++) {
        if (vy[i] === 0) {
          vx[i] = rng.integer(i, 0, 2) === 0 ? -LAUNCH_VX : LAUNCH_VX;
          vy[i] = LAUNCH_VY;
        }
        paddle[i] = Math.max(0, Math.min(WIDTH - paddleWidth[i], paddle[i] + move));
        const fromX = x[i];
        const fromY = y[i];
        const dx = vx[i] * TICK;
        const dy = vy[i] * TICK;
        const high = dy > 0 ? fromY : fromY + dy;
        x[i] = fromX + dx;
        y[i] = fromY + dy;
        // Most of the time there is nothing near.
        if (high >= BRICKS_BOTTOM && y[i] <= PADDLE_Y - BALL && x[i] >= 0 && x[i] <= WIDTH - BALL) continue;
        contact.begin(fromX, fromY, dx, dy);
        if (high < BRICKS_BOTTOM) offerBricks(bricks, first, fromX, fromY, dx, dy);
        contact.side(dx > 0 ? WIDTH : 0, 0, HEIGHT, SIDE);
        if (dy > 0) contact.level(paddle[i], PADDLE_Y, paddleWidth[i], PADDLE);
        else contact.level(0, 0, WIDTH, BACK);
        x[i] = contact.x;
        y[i] = contact.y;
        const { what } = contact;
        if (what === PADDLE) {
          const place = (contact.x + BALL / 2 - paddle[i]) / paddleWidth[i];
          const angle = WIDEST * (2 * Math.max(0, Math.min(1, place)) - 1);
          vx[i] = speed[i] * sin(angle);
          vy[i] = -speed[i] * cos(angle);
          hits[i]++;
          if (hits[i] % HITS_UNTIL_FASTER === 0) speed[i] = Math.min(FASTEST, speed[i] + FASTER);
          if (score[i] === WALL_POINTS) bricks.fill(0, first, first + BRICKS);
        } else if (what >= 0) {
          if (contact.upright) vx[i] = -vx[i];
          else vy[i] = -vy[i];
          if (what === BACK) paddleWidth[i] = PADDLE_WIDTH / 2;
          else if (what < BRICKS) {
            const row = Math.floor(what / COLUMNS);
            bricks[first + what] = 1;
            score[i] += ROW_POINTS[row];
            if (row < FAST_ROWS) speed[i] = FASTEST;
            over = score[i] === POINTS;
          }
        }
        if (y[i] >= PADDLE_Y + PADDLE_HEIGHT) {
          over = balls[i] === 0;
          if (!over) {
            balls[i]--;
            beginRound(state, i);
          }
        }
      }
      rewards[i] = Math.min(rewardLimit[i], score[i] - before);
      terminations[i] = +over;
    }
  },
  observe({ state, observations }, from, to) {
    const { paddle, paddleWidth, x, y, vx, vy, balls, score, bricks } = state;
    observations.set(bricks.subarray(SHOWN * from, SHOWN * to), SHOWN * from);
    for (let i = from; i < to; i++) {
      const o = SHOWN * i;
      observations[o] = paddle[i] / WIDTH;
      observations[o + 1] = PADDLE_Y / HEIGHT;
      observations[o + 2] = x[i] / WIDTH;
      observations[o + 3] = y[i] / HEIGHT;
      observations[o + 4] = vx[i] / SPEED_UNIT;
      observations[o + 5] = vy[i] / SPEED_UNIT;
      // What moves has been fired: vy is never 0 after that.
      observations[o + 6] = +(vy[i] !== 0) / BALLS;
      observations[o + 7] = score[i] / POINTS;
      observations[o + 8] = balls[i] / BALLS;
      observations[o + 9] = paddleWidth[i] / PADDLE_WIDTH;
    }
  },
  kernel(memory) {
    const { breakoutStep, breakoutObserve } = envKernels(memory);
    let state: object | undefined;
    let columns: Pointers;
    // All contexts of a vector share their state, and V8 takes as long to tell a pointer as to call a kernel.
    const pointers = (now: StateColumns<typeof STATE>) => {
      if (now !== state) columns = pointersOf(now);
      state = now;
      return columns;
    };
    return {
      step({ state, params, rng, actions, rewards, terminations }, from, to) {
        const { draws, streams, purpose, key } = rng;
        const told = [params.rewardLimit.byteOffset, actions.byteOffset] as const;
        const came = [rewards.byteOffset, terminations.byteOffset] as const;
        const random = [draws.byteOffset, streams.byteOffset, purpose, key[0], key[1]] as const;
        breakoutStep(...pointers(state), ...random, ...told, ...came, from, to);
      },
      observe({ state, observations }, from, to) {
        breakoutObserve(...pointers(state), observations.byteOffset, from, to);
      },
    };
  },
  scores: { score: ({ state: { score } }, i) => score[i] },
  render: {
    width: WIDTH / SCALE,
    height: HEIGHT / SCALE,
    draw({ state: { paddle, paddleWidth, x, y, balls, bricks } }, i, frame) {
      const canvas = new Canvas(WIDTH / SCALE, HEIGHT / SCALE, frame);
      const block = (left: number, top: number, width: number, height: number, color: number) =>
        canvas.rectangle(left / SCALE, top / SCALE, width / SCALE, height / SCALE, color);
      canvas.fill(0x0c1418);
      for (let brick = 0; brick < BRICKS; brick++) {
        const [row, column] = [Math.floor(brick / COLUMNS), brick % COLUMNS];
        if (bricks[SHOWN * i + NUMBERS + brick] === 0)
          block(
            BRICK_WIDTH * column,
            BRICKS_TOP + BRICK_HEIGHT * row,
            BRICK_WIDTH - 3,
            BRICK_HEIGHT - 3,
            COLORS[row],
          );
      }
      for (let ball = 0; ball < balls[i]; ball++) block(12 * ball, 0, 6, 6, 0x6a7a80);
      block(x[i], y[i], BALL, BALL, 0xf1f1f1);
      block(paddle[i], PADDLE_Y, paddleWidth[i], PADDLE_HEIGHT, 0x35c4c4);
    },
  },
});
