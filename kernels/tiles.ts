import { madd, PITCH } from './layout';

// V8 may load all that a round of a loop needs before it computes: accumulators and loaded values must fit into
// 15 registers together, or it spills. Hence the shapes below.

/** y = P x for 5 outputs and 8 samples; four weights come in one load, which saves registers. */
function tile5(x: usize, panel: usize, end: usize, y: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let e0 = f32x4.splat(0);
  let e1 = f32x4.splat(0);
  for (; panel < end; panel += 20, x += PITCH) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const w = v128.load(panel);
    const e = v128.load32_splat(panel, 16);
    const a = v128.shuffle<f32>(w, w, 0, 0, 0, 0);
    a0 = madd(x0, a, a0);
    a1 = madd(x1, a, a1);
    const b = v128.shuffle<f32>(w, w, 1, 1, 1, 1);
    b0 = madd(x0, b, b0);
    b1 = madd(x1, b, b1);
    const c = v128.shuffle<f32>(w, w, 2, 2, 2, 2);
    c0 = madd(x0, c, c0);
    c1 = madd(x1, c, c1);
    const d = v128.shuffle<f32>(w, w, 3, 3, 3, 3);
    d0 = madd(x0, d, d0);
    d1 = madd(x1, d, d1);
    e0 = madd(x0, e, e0);
    e1 = madd(x1, e, e1);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, b0, PITCH);
  v128.store(y, b1, PITCH + 16);
  v128.store(y, c0, 2 * PITCH);
  v128.store(y, c1, 2 * PITCH + 16);
  v128.store(y, d0, 3 * PITCH);
  v128.store(y, d1, 3 * PITCH + 16);
  v128.store(y, e0, 4 * PITCH);
  v128.store(y, e1, 4 * PITCH + 16);
}

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
  v128.store(y, b0, PITCH);
  v128.store(y, b1, PITCH + 16);
  v128.store(y, c0, 2 * PITCH);
  v128.store(y, c1, 2 * PITCH + 16);
  v128.store(y, d0, 3 * PITCH);
  v128.store(y, d1, 3 * PITCH + 16);
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
  v128.store(y, b0, PITCH);
  v128.store(y, b1, PITCH + 16);
  v128.store(y, b2, PITCH + 32);
  v128.store(y, b3, PITCH + 48);
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
  return rows >= 4 ? 32 : 64;
}

/**
 * y = P x for the outputs of one panel and the samples at byte offsets from .. to. A tile wider than what is left
 * overlaps the one before it, or else runs past `to`: into what comes later or into the padding of the block.
 */
export function multiplyPanel(
  x: usize,
  panel: usize,
  y: usize,
  rows: i32,
  inputs: i32,
  from: usize,
  to: usize,
): void {
  const end = panel + (<usize>(rows * inputs) << 2);
  const width = tileSpan(rows);
  for (let s = from; s < to; s += width) {
    const start = max(from, min(s, max(to, width) - width));
    if (rows == 5) tile5(x + start, panel, end, y + start);
    else if (rows == 4) tile4(x + start, panel, end, y + start);
    else if (rows == 2) tile2(x + start, panel, end, y + start);
    else tile1(x + start, panel, end, y + start);
  }
}
