import { defineEnv } from '../lib/env/env.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

/** The field, in pixels; y grows downwards. */
const WIDTH = 500;
const HEIGHT = 640;
const PADDLE_WIDTH = 20;
const HALF_PADDLE = 35;
const BALL = 32;
/** Where the ball's left and upper edges are when it touches the right and the lower edge of the field. */
const RIGHTMOST = WIDTH - BALL;
const LOWEST = HEIGHT - BALL;
/** Of paddles, in pixels a frame. */
const PADDLE_SPEED = 8;
const FRAMESKIP = 8;
const START_X = 100;
const START_Y = LOWEST / 2;
const START_VX = 10;
/** What a moving paddle adds to the ball's vy. */
const SPIN = 3;
const VY_LIMIT = 13;
const VY_LEAST = 0.01;
const POINTS = 21;

const SCALE = 10;
const FRAME_WIDTH = (WIDTH + 2 * PADDLE_WIDTH) / SCALE;
const FRAME_HEIGHT = HEIGHT / SCALE;

/**
 * Table tennis against a scripted paddle, seen from above, up to 21 points: the agent's paddle is on the right.
 * PufferLib's Ocean pong.
 *
 * The field is 500×640 pixels, y grows downwards, paddles are 20×70 and stand beyond its left and right edges, the ball
 * is 32×32. An action lasts 8 frames, of which each moves the agent's paddle by 8 pixels, the opponent's centre by at
 * most 8 towards the ball's upper edge, and then the ball, which turns at the upper and the lower edge. At the right
 * edge the agent's paddle turns it and adds 3 in its direction of motion to vy, which stays within ±13 and is never
 * smaller than 0.01; the opponent's paddle only turns it. A ball that no paddle meets is a point: it ends the action's
 * frames and begins a new round, with both paddles in the middle and the ball at x 100, y 304, vx 10 (towards the
 * agent) and vy 0 or −1, each alike.
 *
 * Observation, Box(8) in [0, 1]: the centres of the left and the right paddle over 640, the ball's x over 500 and y
 * over 640, (vx + 10) / 20, (vy + 13) / 26, both scores over 21 (PufferLib divides them as integers: 0 until the end).
 * Actions: 0 stays, 1 moves up, 2 moves down. Reward: 1 for a point, −1 for one of the opponent's. Terminates at 21
 * points of either; truncates at 13,500 steps, the 108,000 frames after which Atari's Pong is cut off, because rallies
 * can go on forever (PufferLib has no limit). Score: points for the agent less those against.
 *
 * @see https://github.com/PufferAI/PufferLib, ocean/pong
 */
export const pong = defineEnv({
  id: 'Pong-v0',
  module: import.meta.url,
  observation: box(0, 1, [8]),
  action: discrete(3),
  maxEpisodeSteps: 13_500,
  state: {
    /** The paddles' centres. */
    left: { type: 'f64', low: 0, high: HEIGHT },
    right: { type: 'f64', low: 0, high: HEIGHT },
    /** The ball's upper left corner. */
    x: { type: 'f64', low: 0, high: RIGHTMOST },
    y: { type: 'f64', low: 0, high: LOWEST },
    /** Pixels a frame. */
    vx: { type: 'f64', low: -START_VX, high: START_VX },
    vy: { type: 'f64', low: -VY_LIMIT, high: VY_LIMIT },
    scoreLeft: { type: 'i32', low: 0, high: POINTS },
    scoreRight: { type: 'i32', low: 0, high: POINTS },
  },
  reset({ state: { left, right, x, y, vx, vy, scoreLeft, scoreRight }, rng }, i) {
    scoreLeft[i] = 0;
    scoreRight[i] = 0;
    left[i] = HEIGHT / 2;
    right[i] = HEIGHT / 2;
    x[i] = START_X;
    y[i] = START_Y;
    vx[i] = START_VX;
    vy[i] = rng.integer(i, -1, 1);
  },
  step({ state, actions, rewards, terminations, rng }, from, to) {
    const { left, right, x, y, vx, vy, scoreLeft, scoreRight } = state;
    for (let i = from; i < to; i++) {
      const direction = actions[i] === 0 ? 0 : 2 * actions[i] - 3;
      const move = PADDLE_SPEED * direction;
      let opponent = left[i];
      let agent = right[i];
      let ballX = x[i];
      let ballY = y[i];
      let ballVx = vx[i];
      let ballVy = vy[i];
      let point = 0;
      for (let frame = 0; frame < FRAMESKIP && point === 0; frame++) {
        agent = Math.max(0, Math.min(HEIGHT, agent + move));
        opponent += Math.max(-PADDLE_SPEED, Math.min(PADDLE_SPEED, ballY - opponent));
        ballX += ballVx;
        ballY += ballVy;
        if (ballY < 0 || ballY > LOWEST) {
          ballY = ballY < 0 ? 0 : LOWEST;
          ballVy = -ballVy;
        }
        if (ballX < 0) {
          if (ballY + BALL > opponent - HALF_PADDLE && ballY < opponent + HALF_PADDLE) {
            ballX = 0;
            ballVx = -ballVx;
          } else point = 1;
        } else if (ballX > RIGHTMOST) {
          if (ballY + BALL > agent - HALF_PADDLE && ballY < agent + HALF_PADDLE) {
            ballX = RIGHTMOST;
            ballVx = -ballVx;
            ballVy = Math.max(-VY_LIMIT, Math.min(VY_LIMIT, ballVy + SPIN * direction));
            if (Math.abs(ballVy) < VY_LEAST) ballVy = ballVy < 0 ? -VY_LEAST : VY_LEAST;
          } else point = -1;
        }
      }
      if (point !== 0) {
        if (point > 0) scoreRight[i]++;
        else scoreLeft[i]++;
        opponent = HEIGHT / 2;
        agent = HEIGHT / 2;
        ballX = START_X;
        ballY = START_Y;
        ballVx = START_VX;
        ballVy = rng.integer(i, -1, 1);
      }
      left[i] = opponent;
      right[i] = agent;
      x[i] = ballX;
      y[i] = ballY;
      vx[i] = ballVx;
      vy[i] = ballVy;
      rewards[i] = point;
      terminations[i] = +(scoreLeft[i] >= POINTS || scoreRight[i] >= POINTS);
    }
  },
  observe({ state: { left, right, x, y, vx, vy, scoreLeft, scoreRight }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      const o = 8 * i;
      observations[o] = left[i] / HEIGHT;
      observations[o + 1] = right[i] / HEIGHT;
      observations[o + 2] = x[i] / WIDTH;
      observations[o + 3] = y[i] / HEIGHT;
      observations[o + 4] = (vx[i] + START_VX) / (2 * START_VX);
      observations[o + 5] = (vy[i] + VY_LIMIT) / (2 * VY_LIMIT);
      observations[o + 6] = scoreLeft[i] / POINTS;
      observations[o + 7] = scoreRight[i] / POINTS;
    }
  },
  scores: { score: ({ state: { scoreLeft, scoreRight } }, i) => scoreRight[i] - scoreLeft[i] },
  // A pixel for ten; points are dots in the topmost row.
  render: {
    width: FRAME_WIDTH,
    height: FRAME_HEIGHT,
    draw({ state: { left, right, x, y, scoreLeft, scoreRight } }, i, frame) {
      const ink = (fromX: number, fromY: number, width: number, height: number, color: readonly number[]) => {
        const toX = Math.min(FRAME_WIDTH, fromX + width);
        const toY = Math.min(FRAME_HEIGHT, fromY + height);
        for (let py = Math.max(0, fromY); py < toY; py++)
          for (let px = Math.max(0, fromX); px < toX; px++) frame.set(color, 3 * (py * FRAME_WIDTH + px));
      };
      const paddle = PADDLE_WIDTH / SCALE;
      const half = HALF_PADDLE / SCALE;
      ink(0, 0, FRAME_WIDTH, FRAME_HEIGHT, [6, 24, 24]);
      ink(0, 0, scoreLeft[i], 1, [120, 60, 60]);
      ink(FRAME_WIDTH - scoreRight[i], 0, scoreRight[i], 1, [30, 110, 110]);
      ink(0, Math.round(left[i] / SCALE - half), paddle, 2 * half, [230, 80, 80]);
      ink(FRAME_WIDTH - paddle, Math.round(right[i] / SCALE - half), paddle, 2 * half, [0, 187, 187]);
      const size = Math.round(BALL / SCALE);
      ink(Math.round(x[i] / SCALE) + paddle, Math.round(y[i] / SCALE), size, size, [241, 241, 241]);
    },
  },
});
