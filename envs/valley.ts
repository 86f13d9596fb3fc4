import { Canvas } from '../lib/canvas.ts';
import { cos, sin } from '../lib/math.ts';

export const VALLEY = { width: 96, height: 64 } as const;
const LEFT = -1.2;
/** Pixels for a unit of position, and of height. */
const SCALE = VALLEY.width / 1.8;
const RISE = 20;
/** Where the height is 0. */
const GROUND = 40;

/** Draws a car at a position in the valley of height sin(3 · position), and the flag that it is to reach. */
export function drawValley(position: number, goal: number, frame: Uint8Array): void {
  const canvas = new Canvas(VALLEY.width, VALLEY.height, frame);
  const across = (x: number) => (x - LEFT) * SCALE;
  const up = (x: number) => GROUND - RISE * sin(3 * x);
  canvas.fill(0xdcecf8);
  for (let column = 0; column < canvas.width; column++) {
    const surface = up(LEFT + (column + 0.5) / SCALE);
    canvas.rectangle(column, surface, 1, canvas.height - surface, 0x6d9a58);
  }
  const [flagX, flagY] = [across(goal), up(goal)];
  canvas.line(flagX, flagY, flagX, flagY - 15, 1.2, 0x333333);
  canvas.rectangle(flagX - 7, flagY - 16, 7, 5, 0xd94032);
  // Along the slope, and the body half a wheel above it.
  const slope = (-3 * RISE * cos(3 * position)) / SCALE;
  const length = Math.hypot(1, slope);
  const [alongX, alongY] = [1 / length, slope / length];
  const [x, y] = [across(position) + 2 * alongY, up(position) - 2 * alongX];
  const [bodyX, bodyY] = [x + 2.2 * alongY, y - 2.2 * alongX];
  canvas.line(bodyX - 4 * alongX, bodyY - 4 * alongY, bodyX + 4 * alongX, bodyY + 4 * alongY, 4.5, 0x2f4b8f);
  for (const side of [-3.5, 3.5]) canvas.disc(x + side * alongX, y + side * alongY, 2, 0x222222);
}
