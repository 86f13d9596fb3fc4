// What snakes see, with the bytes of envs/snake.ts, which says what it means: eight tiles at a time.

const WIDTH: usize = 640;
const CELLS: usize = 640 * 360;
const FIRST: usize = 5 * (640 + 1);
const WINDOW: usize = 11;
const SEEN: usize = WINDOW * WINDOW;
/** Tiles from here on are segments; a snake's own have its number in all but their lowest two bits. */
const BODY: i8 = 4;

/** A row of a window as bytes 0 … 7 and 3 … 10. */
// @ts-ignore: decorator
@inline
function row(tiles: usize, own: v128): v128 {
  const shown = i8x16(0, 1, 2, -1, -3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const low = v128.load(tiles);
  const high = v128.load(tiles, 6);
  const kinds = i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(BODY));
  const isOwnLow = i16x8.eq(i16x8.shr_u(low, 2), own);
  const isOwnHigh = i16x8.eq(i16x8.shr_u(high, 2), own);
  // True is −1: one more than others' segments.
  return i8x16.sub(i8x16.swizzle(shown, kinds), i8x16.narrow_i16x8_s(isOwnLow, isOwnHigh));
}

/** i8 observations [N · agents, 121] of worlds from … to − 1: u16 tiles [N, 640 · 360], i32 heads [N · agents]. */
export function snakeObserve(
  tiles: usize,
  head: usize,
  observations: usize,
  agents: usize,
  from: usize,
  to: usize,
): void {
  for (let world = from; world < to; world++) {
    const corner = tiles + ((world * CELLS - FIRST) << 1);
    for (let agent: usize = 0; agent < agents; agent++) {
      const seen = world * agents + agent;
      const own = i16x8.splat(<i16>(agent + 1));
      let cell = corner + (<usize>load<u32>(head + (seen << 2)) << 1);
      let o = observations + seen * SEEN;
      for (let y: usize = 0; y < WINDOW; y++) {
        const bytes = row(cell, own);
        v128.store64_lane(o, bytes, 0);
        v128.store64_lane(o, bytes, 1, 3);
        cell += WIDTH << 1;
        o += WINDOW;
      }
    }
  }
}
