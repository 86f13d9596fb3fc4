import { activateRows, sweepSpan } from './dense';
import { madd, PITCH, padded, span } from './layout';

// Convolutions without copies of patches. A patch is `inputs` features of a block; those of one position lie at the byte
// offsets `offsets` (i32, as many as `inputs` padded to 4; the rest repeat the first of their four) from where the patch
// begins, which `positions` (i32 [count], byte offsets) tells. So one loop reads images in any order of their features.
// What comes out is position by position: `outputs` features of a block each. Rows are computed in fours, whose weights
// are 0 beyond the last; those rows of y are overwritten by the next position, or lie in the padding.

/** P[row / 4][k][row & 3] = source[row · down + k · across], strides in bytes; `rows` rounded up to fours. */
// @ts-ignore: decorator
@inline
function packFours(source: usize, panels: usize, rows: i32, depth: i32, down: usize, across: usize): void {
  let to = panels;
  for (let row = 0; row < rows; row += 4) {
    for (let k = 0; k < depth; k++, to += 16) {
      const from = source + <usize>row * down + <usize>k * across;
      for (let r: usize = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(from + r * down));
    }
  }
}

/** Panels of W [outputs, inputs], padded with zeros, and of Wᵀ. */
export function convPack(
  weights: usize,
  panels: usize,
  panelsTransposed: usize,
  outputs: i32,
  inputs: i32,
): void {
  const pitch = <usize>padded(inputs) << 2;
  packFours(weights, panels, outputs, inputs, pitch, 4);
  packFours(weights, panelsTransposed, inputs, outputs, 4, pitch);
}

/** y = P x for 4 outputs at one position, 8 samples at a time. */
function forwardTile(x: usize, offsets: usize, panel: usize, inputs: i32, y: usize, bytes: usize): void {
  const end = offsets + (<usize>inputs << 2);
  for (const last = x + bytes; x < last; x += 32, y += 32) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d0 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
    let p = panel;
    for (let k = offsets; k < end; k += 4, p += 16) {
      const px = x + <usize>load<u32>(k);
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
    v128.store(y, a0);
    v128.store(y, a1, 16);
    v128.store(y, b0, PITCH);
    v128.store(y, b1, PITCH + 16);
    v128.store(y, c0, 2 * PITCH);
    v128.store(y, c1, 2 * PITCH + 16);
    v128.store(y, d0, 3 * PITCH);
    v128.store(y, d1, 3 * PITCH + 16);
  }
}

/** y = act(W x + b) at every position. */
export function convForward(
  x: usize,
  offsets: usize,
  inputs: i32,
  positions: usize,
  count: i32,
  panels: usize,
  bias: usize,
  y: usize,
  slopes: usize,
  outputs: i32,
  n: i32,
  activation: i32,
): void {
  const end = span(n);
  const sweep = sweepSpan(inputs);
  // Position by position with few samples: what neighbouring patches share is still in the cache.
  for (let from: usize = 0; from < end; from += sweep) {
    const bytes = min(end, from + sweep) - from;
    let row = y + from;
    for (let position = 0; position < count; position++) {
      const patch = x + from + <usize>load<u32>(positions + (<usize>position << 2));
      for (let o = 0; o < outputs; o += 4) {
        const to = row + <usize>o * PITCH;
        forwardTile(patch, offsets, panels + (<usize>(o * inputs) << 2), inputs, to, bytes);
        activateRows(to, bias + (<usize>o << 2), slopes ? slopes - y : 0, min(4, outputs - o), bytes, activation);
      }
      row += <usize>outputs * PITCH;
    }
  }
}

/** dx += Pᵀ dy for 4 features of the patch at dx, 8 samples at a time. */
function backwardTile(dy: usize, panel: usize, outputs: i32, dx: usize, offsets: usize, bytes: usize): void {
  const end = panel + (<usize>outputs << 4);
  let a = dx + <usize>load<u32>(offsets);
  let b = dx + <usize>load<u32>(offsets, 4);
  let c = dx + <usize>load<u32>(offsets, 8);
  let d = dx + <usize>load<u32>(offsets, 12);
  for (const last = dy + bytes; dy < last; dy += 32, a += 32, b += 32, c += 32, d += 32) {
    let a0 = v128.load(a);
    let a1 = v128.load(a, 16);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let c0 = v128.load(c);
    let c1 = v128.load(c, 16);
    let d0 = v128.load(d);
    let d1 = v128.load(d, 16);
    let row = dy;
    for (let p = panel; p < end; p += 16, row += PITCH) {
      const x0 = v128.load(row);
      const x1 = v128.load(row, 16);
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
    // The first row last: rows beyond the patch repeat it, and have not been added to.
    v128.store(d, d0);
    v128.store(d, d1, 16);
    v128.store(c, c0);
    v128.store(c, c1, 16);
    v128.store(b, b0);
    v128.store(b, b1, 16);
    v128.store(a, a0);
    v128.store(a, a1, 16);
  }
}

/** dx = Σ Wᵀ dy over the positions, each in its patch; 0 where no patch is. */
export function convBackwardInput(
  dy: usize,
  panelsTransposed: usize,
  offsets: usize,
  inputs: i32,
  positions: usize,
  count: i32,
  dx: usize,
  features: i32,
  outputs: i32,
  n: i32,
): void {
  const end = span(n);
  for (let feature = 0; feature < features; feature++) memory.fill(dx + <usize>feature * PITCH, 0, end);
  const sweep = sweepSpan(outputs);
  for (let from: usize = 0; from < end; from += sweep) {
    const bytes = min(end, from + sweep) - from;
    let row = dy + from;
    for (let position = 0; position < count; position++) {
      const patch = dx + from + <usize>load<u32>(positions + (<usize>position << 2));
      for (let i = 0; i < inputs; i += 4) {
        const panel = panelsTransposed + (<usize>(i * outputs) << 2);
        backwardTile(row, panel, outputs, patch, offsets + (<usize>i << 2), bytes);
      }
      row += <usize>outputs * PITCH;
    }
  }
}
