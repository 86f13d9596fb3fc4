import { madd, PITCH } from './layout';

// V8 may load all that a round of a loop needs before it computes: accumulators and loaded values must fit into
// 15 registers together, or it spills. Hence the shapes below. The samples are at byte offsets from .. to: a tile wider
// than what is left overlaps the one before it, or else runs past `to`, into what comes later or into the padding of
// the block.

/** Stores a sum; where `factors` is not 0, times the factors so many bytes further on. */
// @ts-ignore: decorator
@inline
function put(at: usize, sum: v128, factors: isize): void {
  v128.store(at, factors ? f32x4.mul(sum, v128.load(at + factors)) : sum);
}

/** y = P x for 5 outputs, 8 samples at a time; four weights come in one load, which saves registers. */
// @ts-ignore: decorator
@inline
function tile5(
  x: usize,
  panel: usize,
  end: usize,
  y: usize,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const last = max(from + 32, to) - 32;
  for (let s = from; s < to; s += 32) {
    const start = min(s, last);
    const out = y + start;
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
    let px = x + start;
    for (let p = panel; p < end; p += 20, px += PITCH) {
      const x0 = v128.load(px);
      const x1 = v128.load(px, 16);
      const w = v128.load(p);
      const e = v128.load32_splat(p, 16);
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
    put(out, a0, factors);
    put(out + 16, a1, factors);
    put(out + PITCH, b0, factors);
    put(out + PITCH + 16, b1, factors);
    put(out + 2 * PITCH, c0, factors);
    put(out + 2 * PITCH + 16, c1, factors);
    put(out + 3 * PITCH, d0, factors);
    put(out + 3 * PITCH + 16, d1, factors);
    put(out + 4 * PITCH, e0, factors);
    put(out + 4 * PITCH + 16, e1, factors);
  }
}

/** y = P x for 4 outputs, 8 samples at a time. */
// @ts-ignore: decorator
@inline
function tile4(
  x: usize,
  panel: usize,
  end: usize,
  y: usize,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const last = max(from + 32, to) - 32;
  for (let s = from; s < to; s += 32) {
    const start = min(s, last);
    const out = y + start;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d0 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
    let px = x + start;
    for (let p = panel; p < end; p += 16, px += PITCH) {
      const x0 = v128.load(px);
      const x1 = v128.load(px, 16);
      let w = v128.load32_splat(p);
      a0 = madd(x0, w, a0);
      a1 = madd(x1, w, a1);
      w = v128.load32_splat(p, 4);
      b0 = madd(x0, w, b0);
      b1 = madd(x1, w, b1);
      w = v128.load32_splat(p, 8);
      c0 = madd(x0, w, c0);
      c1 = madd(x1, w, c1);
      w = v128.load32_splat(p, 12);
      d0 = madd(x0, w, d0);
      d1 = madd(x1, w, d1);
    }
    put(out, a0, factors);
    put(out + 16, a1, factors);
    put(out + PITCH, b0, factors);
    put(out + PITCH + 16, b1, factors);
    put(out + 2 * PITCH, c0, factors);
    put(out + 2 * PITCH + 16, c1, factors);
    put(out + 3 * PITCH, d0, factors);
    put(out + 3 * PITCH + 16, d1, factors);
  }
}

/** y = P x for 3 outputs, 12 samples at a time. */
// @ts-ignore: decorator
@inline
function tile3(
  x: usize,
  panel: usize,
  end: usize,
  y: usize,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const last = max(from + 48, to) - 48;
  for (let s = from; s < to; s += 48) {
    const start = min(s, last);
    const out = y + start;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let c2 = f32x4.splat(0);
    let px = x + start;
    for (let p = panel; p < end; p += 12, px += PITCH) {
      const x0 = v128.load(px);
      const x1 = v128.load(px, 16);
      const x2 = v128.load(px, 32);
      let w = v128.load32_splat(p);
      a0 = madd(x0, w, a0);
      a1 = madd(x1, w, a1);
      a2 = madd(x2, w, a2);
      w = v128.load32_splat(p, 4);
      b0 = madd(x0, w, b0);
      b1 = madd(x1, w, b1);
      b2 = madd(x2, w, b2);
      w = v128.load32_splat(p, 8);
      c0 = madd(x0, w, c0);
      c1 = madd(x1, w, c1);
      c2 = madd(x2, w, c2);
    }
    put(out, a0, factors);
    put(out + 16, a1, factors);
    put(out + 32, a2, factors);
    put(out + PITCH, b0, factors);
    put(out + PITCH + 16, b1, factors);
    put(out + PITCH + 32, b2, factors);
    put(out + 2 * PITCH, c0, factors);
    put(out + 2 * PITCH + 16, c1, factors);
    put(out + 2 * PITCH + 32, c2, factors);
  }
}

/** y = P x for 2 outputs, 16 samples at a time. */
// @ts-ignore: decorator
@inline
function tile2(
  x: usize,
  panel: usize,
  end: usize,
  y: usize,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const last = max(from + 64, to) - 64;
  for (let s = from; s < to; s += 64) {
    const start = min(s, last);
    const out = y + start;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let b3 = f32x4.splat(0);
    let px = x + start;
    for (let p = panel; p < end; p += 8, px += PITCH) {
      const x0 = v128.load(px);
      const x1 = v128.load(px, 16);
      const x2 = v128.load(px, 32);
      const x3 = v128.load(px, 48);
      let w = v128.load32_splat(p);
      a0 = madd(x0, w, a0);
      a1 = madd(x1, w, a1);
      a2 = madd(x2, w, a2);
      a3 = madd(x3, w, a3);
      w = v128.load32_splat(p, 4);
      b0 = madd(x0, w, b0);
      b1 = madd(x1, w, b1);
      b2 = madd(x2, w, b2);
      b3 = madd(x3, w, b3);
    }
    put(out, a0, factors);
    put(out + 16, a1, factors);
    put(out + 32, a2, factors);
    put(out + 48, a3, factors);
    put(out + PITCH, b0, factors);
    put(out + PITCH + 16, b1, factors);
    put(out + PITCH + 32, b2, factors);
    put(out + PITCH + 48, b3, factors);
  }
}

/** y = P x for 1 output, 16 samples at a time. */
// @ts-ignore: decorator
@inline
function tile1(
  x: usize,
  panel: usize,
  end: usize,
  y: usize,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const last = max(from + 64, to) - 64;
  for (let s = from; s < to; s += 64) {
    const start = min(s, last);
    const out = y + start;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let a3 = f32x4.splat(0);
    let px = x + start;
    for (let p = panel; p < end; p += 4, px += PITCH) {
      const w = v128.load32_splat(p);
      a0 = madd(v128.load(px), w, a0);
      a1 = madd(v128.load(px, 16), w, a1);
      a2 = madd(v128.load(px, 32), w, a2);
      a3 = madd(v128.load(px, 48), w, a3);
    }
    put(out, a0, factors);
    put(out + 16, a1, factors);
    put(out + 32, a2, factors);
    put(out + 48, a3, factors);
  }
}

/** y = P x, or with `factors` (P x) ⊙ f, for the outputs of one panel. */
// @ts-ignore: decorator
@inline
function multiply(
  x: usize,
  panel: usize,
  y: usize,
  rows: i32,
  inputs: i32,
  from: usize,
  to: usize,
  factors: isize,
): void {
  const end = panel + (<usize>(rows * inputs) << 2);
  if (rows == 5) tile5(x, panel, end, y, from, to, factors);
  else if (rows == 4) tile4(x, panel, end, y, from, to, factors);
  else if (rows == 3) tile3(x, panel, end, y, from, to, factors);
  else if (rows == 2) tile2(x, panel, end, y, from, to, factors);
  else tile1(x, panel, end, y, from, to, factors);
}

/** y = P x for the outputs of one panel and the samples at byte offsets from .. to. */
export function multiplyPanel(
  x: usize,
  panel: usize,
  y: usize,
  rows: i32,
  inputs: i32,
  from: usize,
  to: usize,
): void {
  multiply(x, panel, y, rows, inputs, from, to, 0);
}

/** y = (P x) ⊙ f, f being `factors` bytes beyond y. */
export function multiplyPanelBy(
  x: usize,
  panel: usize,
  y: usize,
  rows: i32,
  inputs: i32,
  from: usize,
  to: usize,
  factors: isize,
): void {
  multiply(x, panel, y, rows, inputs, from, to, factors);
}
