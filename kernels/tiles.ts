import { madd, PITCH } from './layout';

/** y = P x for 4 outputs and 8 samples. */
function tile4(x: usize, panel: usize, end: usize, y: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  for (; panel < end; panel += 16, x += PITCH) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    let w = v128.load32_splat(panel);
    a0 = madd(x0, w, a0);
    a1 = madd(x1, w, a1);
    w = v128.load32_splat(panel, 4);
    b0 = madd(x0, w, b0);
    b1 = madd(x1, w, b1);
    w = v128.load32_splat(panel, 8);
    c0 = madd(x0, w, c0);
    c1 = madd(x1, w, c1);
    w = v128.load32_splat(panel, 12);
    d0 = madd(x0, w, d0);
    d1 = madd(x1, w, d1);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y + PITCH, b0);
  v128.store(y + PITCH, b1, 16);
  v128.store(y + 2 * PITCH, c0);
  v128.store(y + 2 * PITCH, c1, 16);
  v128.store(y + 3 * PITCH, d0);
  v128.store(y + 3 * PITCH, d1, 16);
}

/** y = P x for 2 outputs and 16 samples. */
function tile2(x: usize, panel: usize, end: usize, y: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let b2 = f32x4.splat(0);
  let b3 = f32x4.splat(0);
  for (; panel < end; panel += 8, x += PITCH) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    let w = v128.load32_splat(panel);
    a0 = madd(x0, w, a0);
    a1 = madd(x1, w, a1);
    a2 = madd(x2, w, a2);
    a3 = madd(x3, w, a3);
    w = v128.load32_splat(panel, 4);
    b0 = madd(x0, w, b0);
    b1 = madd(x1, w, b1);
    b2 = madd(x2, w, b2);
    b3 = madd(x3, w, b3);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, a2, 32);
  v128.store(y, a3, 48);
  v128.store(y + PITCH, b0);
  v128.store(y + PITCH, b1, 16);
  v128.store(y + PITCH, b2, 32);
  v128.store(y + PITCH, b3, 48);
}

/** y = P x for 1 output and 16 samples. */
function tile1(x: usize, panel: usize, end: usize, y: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  for (; panel < end; panel += 4, x += PITCH) {
    const w = v128.load32_splat(panel);
    a0 = madd(v128.load(x), w, a0);
    a1 = madd(v128.load(x, 16), w, a1);
    a2 = madd(v128.load(x, 32), w, a2);
    a3 = madd(v128.load(x, 48), w, a3);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, a2, 32);
  v128.store(y, a3, 48);
}

/** Bytes of samples in a tile of so many rows. */
// @ts-ignore: decorator
@inline
function tileSpan(rows: i32): usize {
  return rows == 4 ? 32 : 64;
}

/**
 * y = P x for the outputs of one panel and the samples at byte offsets from .. to. A tile wider than what is left
 * overlaps the one before it, or runs into the padding of the block.
 */
export function multiplyPanel(x: usize, panel: usize, y: usize, rows: i32, inputs: i32, from: usize, to: usize): void {
  const end = panel + (<usize>(rows * inputs) << 2);
  const width = tileSpan(rows);
  for (let s = from; s < to; s += width) {
    const start = <usize>max(0, min(<isize>s, <isize>to - <isize>width));
    if (rows == 4) tile4(x + start, panel, end, y + start);
    else if (rows == 2) tile2(x + start, panel, end, y + start);
    else tile1(x + start, panel, end, y + start);
  }
}
