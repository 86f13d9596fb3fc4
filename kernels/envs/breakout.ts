import {
  beginMove,
  contactX,
  contactY,
  offerLevel,
  offerRectangle,
  offerSide,
  upright,
  what,
} from './firstContact';
import { cos, sin } from './math';
import { integer, openStream } from './random';

// Breakout with the bits of envs/breakout.ts, which says what it means: the same operations in the same order.

const WIDTH: f64 = 576;
const HEIGHT: f64 = 330;
const ROWS: f64 = 6;
const COLUMNS: i32 = 18;
const BRICKS: i32 = 108;
const BRICK_WIDTH: f64 = 32;
const BRICK_HEIGHT: f64 = 12;
const BRICKS_TOP: f64 = 50;
const BRICKS_BOTTOM: f64 = BRICKS_TOP + ROWS * BRICK_HEIGHT;
const FAST_ROWS: i32 = 3;
const WALL_POINTS: i32 = 432;
const POINTS: i32 = 2 * WALL_POINTS;
const BALL: f64 = 32;
const START_Y: f64 = 135;
const PADDLE_Y: f64 = 312;
const PADDLE_WIDTH: f64 = 62;
const PADDLE_HEIGHT: f64 = 8;
const BALLS: f64 = 5;
const TICK: f64 = 1.0 / 60;
const FRAMESKIP: i32 = 4;
const PADDLE_STEP: f64 = 620 * TICK;
const SLOWEST: f64 = 256;
const FASTEST: f64 = 448;
const FASTER: f64 = 64;
const HITS_UNTIL_FASTER: i32 = 4;
const LAUNCH_VX: f64 = SLOWEST * sin(Math.PI / 3.25);
const LAUNCH_VY: f64 = SLOWEST * cos(Math.PI / 3.25);
const WIDEST: f64 = Math.PI / 4;
const SIDE: i32 = BRICKS;
const BACK: i32 = BRICKS + 1;
const PADDLE: i32 = BRICKS + 2;
const NUMBERS: usize = 10;
const SHOWN: usize = NUMBERS + BRICKS;
const SPEED_UNIT: f64 = 512;

/** Offers the bricks that are still there (f32) where the ball may come in a frame. */
function offerBricks(bricks: usize, x: f64, y: f64, dx: f64, dy: f64): void {
  const lastColumn = min<f64>(COLUMNS - 1, Math.floor((max<f64>(x, x + dx) + BALL) / BRICK_WIDTH));
  const lastRow = min<f64>(
    ROWS - 1,
    Math.floor((max<f64>(y, y + dy) + BALL - BRICKS_TOP) / BRICK_HEIGHT),
  );
  const firstColumn = max<f64>(0, Math.floor(min<f64>(x, x + dx) / BRICK_WIDTH));
  const firstRow = max<f64>(0, Math.floor((min<f64>(y, y + dy) - BRICKS_TOP) / BRICK_HEIGHT));
  // Counted in float64: nothing lies between bounds that are no numbers.
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const brick = COLUMNS * <i32>row + <i32>column;
      if (load<f32>(bricks + (brick << 2)) != 0) continue;
      const top = BRICKS_TOP + BRICK_HEIGHT * row;
      offerRectangle(BRICK_WIDTH * column, top, BRICK_WIDTH, BRICK_HEIGHT, brick);
    }
  }
}

/**
 * One step of worlds from … to − 1: f64 paddle … speed, i32 hits, balls, score, f32 bricks [N, 118]; u32 draws and
 * streams, purpose and key of a RowRandom; f64 rewardLimit; i32 actions, f32 rewards, u8 terminations.
 */
export function breakoutStep(
  paddle: usize,
  paddleWidth: usize,
  x: usize,
  y: usize,
  vx: usize,
  vy: usize,
  speed: usize,
  hits: usize,
  balls: usize,
  score: usize,
  bricks: usize,
  draws: usize,
  streams: usize,
  purpose: u32,
  key0: u32,
  key1: u32,
  rewardLimit: usize,
  actions: usize,
  rewards: usize,
  terminations: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    const double = i << 3;
    const single = i << 2;
    const wall = bricks + ((i * SHOWN + NUMBERS) << 2);
    const action = load<i32>(actions + single);
    const move = action == 0 ? 0 : PADDLE_STEP * <f64>(2 * action - 3);
    const before = load<i32>(score + single);
    let left = load<f64>(paddle + double);
    let width = load<f64>(paddleWidth + double);
    let ballX = load<f64>(x + double);
    let ballY = load<f64>(y + double);
    let ballVx = load<f64>(vx + double);
    let ballVy = load<f64>(vy + double);
    let points = before;
    let over = false;
    for (let frame = 0; frame < FRAMESKIP && !over; frame++) {
      if (ballVy == 0) {
        openStream(i, draws, streams, purpose, key0, key1);
        ballVx = integer(0, 2) == 0 ? -LAUNCH_VX : LAUNCH_VX;
        ballVy = LAUNCH_VY;
      }
      left = max<f64>(0, min<f64>(WIDTH - width, left + move));
      const fromX = ballX;
      const fromY = ballY;
      const dx = ballVx * TICK;
      const dy = ballVy * TICK;
      ballX = fromX + dx;
      ballY = fromY + dy;
      const high = dy > 0 ? fromY : ballY;
      // Most of the time there is nothing near.
      if (high >= BRICKS_BOTTOM && ballY <= PADDLE_Y - BALL && ballX >= 0 && ballX <= WIDTH - BALL) continue;
      beginMove(BALL, fromX, fromY, dx, dy);
      if (high < BRICKS_BOTTOM) offerBricks(wall, fromX, fromY, dx, dy);
      offerSide(dx > 0 ? WIDTH : 0, 0, HEIGHT, SIDE);
      if (dy > 0) offerLevel(left, PADDLE_Y, width, PADDLE);
      else offerLevel(0, 0, WIDTH, BACK);
      ballX = contactX;
      ballY = contactY;
      if (what == PADDLE) {
        const place = (contactX + BALL / 2 - left) / width;
        const angle = WIDEST * (2 * max<f64>(0, min<f64>(1, place)) - 1);
        const fast = load<f64>(speed + double);
        ballVx = fast * sin(angle);
        ballVy = -fast * cos(angle);
        const touches = load<i32>(hits + single) + 1;
        store<i32>(hits + single, touches);
        if (touches % HITS_UNTIL_FASTER == 0) store<f64>(speed + double, min<f64>(FASTEST, fast + FASTER));
        if (points == WALL_POINTS) memory.fill(wall, 0, BRICKS << 2);
      } else if (what >= 0) {
        if (upright) ballVx = -ballVx;
        else ballVy = -ballVy;
        if (what == BACK) width = PADDLE_WIDTH / 2;
        else if (what < BRICKS) {
          const row = what / COLUMNS;
          store<f32>(wall + (what << 2), 1);
          points += row < 2 ? 7 : row < 4 ? 4 : 1;
          if (row < FAST_ROWS) store<f64>(speed + double, FASTEST);
          over = points == POINTS;
        }
      }
      if (ballY >= PADDLE_Y + PADDLE_HEIGHT) {
        const rest = load<i32>(balls + single);
        over = rest == 0;
        if (over) continue;
        store<i32>(balls + single, rest - 1);
        left = (WIDTH - PADDLE_WIDTH) / 2;
        width = PADDLE_WIDTH;
        ballX = (WIDTH - BALL) / 2;
        ballY = START_Y;
        ballVx = 0;
        ballVy = 0;
        store<f64>(speed + double, SLOWEST);
        store<i32>(hits + single, 0);
      }
    }
    store<f64>(paddle + double, left);
    store<f64>(paddleWidth + double, width);
    store<f64>(x + double, ballX);
    store<f64>(y + double, ballY);
    store<f64>(vx + double, ballVx);
    store<f64>(vy + double, ballVy);
    store<i32>(score + single, points);
    store<f32>(rewards + single, <f32>min<f64>(load<f64>(rewardLimit + double), points - before));
    store<u8>(terminations + i, <u8>over);
  }
}

/** Writes what worlds from … to − 1 show, f32 [N, 118], of columns as in `breakoutStep`. */
export function breakoutObserve(
  paddle: usize,
  paddleWidth: usize,
  x: usize,
  y: usize,
  vx: usize,
  vy: usize,
  speed: usize,
  hits: usize,
  balls: usize,
  score: usize,
  bricks: usize,
  observations: usize,
  from: usize,
  to: usize,
): void {
  for (let i = from; i < to; i++) {
    const double = i << 3;
    const single = i << 2;
    const row = i * (SHOWN << 2);
    const numbers = observations + row;
    // The bricks are as many bytes as go in vectors, and begin after the numbers.
    for (let k: usize = NUMBERS << 2; k < SHOWN << 2; k += 16)
      v128.store(numbers + k, v128.load(bricks + row + k));
    const ballVy = load<f64>(vy + double);
    store<f32>(numbers, <f32>(load<f64>(paddle + double) / WIDTH));
    store<f32>(numbers, <f32>(PADDLE_Y / HEIGHT), 4);
    store<f32>(numbers, <f32>(load<f64>(x + double) / WIDTH), 8);
    store<f32>(numbers, <f32>(load<f64>(y + double) / HEIGHT), 12);
    store<f32>(numbers, <f32>(load<f64>(vx + double) / SPEED_UNIT), 16);
    store<f32>(numbers, <f32>(ballVy / SPEED_UNIT), 20);
    store<f32>(numbers, <f32>(<f64>(ballVy != 0) / BALLS), 24);
    store<f32>(numbers, <f32>(<f64>load<i32>(score + single) / <f64>POINTS), 28);
    store<f32>(numbers, <f32>(<f64>load<i32>(balls + single) / BALLS), 32);
    store<f32>(numbers, <f32>(load<f64>(paddleWidth + double) / PADDLE_WIDTH), 36);
  }
}
