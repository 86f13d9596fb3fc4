import { PITCH, panelRows, span } from './layout';
import { multiplyPanel } from './tiles';

/** Bytes of x that one sweep over the panels keeps in the first-level cache. */
const SWEEP: i32 = 32768;

/** Bytes of samples in a sweep: a multiple of 64, a cache line. */
// @ts-ignore: decorator
@inline
function sweepSpan(inputs: i32): usize {
  return <usize>max(64, (SWEEP / inputs) & -64);
}

// @ts-ignore: decorator
@inline
function activate(z: v128, activation: i32): v128 {
  if (activation == 2) return f32x4.max(z, f32x4.splat(0));
  return z;
}

/** y ← act(y + b) for the rows of a panel, bytes from .. to. */
// @ts-ignore: decorator
@inline
function addBias(y: usize, bias: usize, rows: i32, from: usize, to: usize, activation: i32): void {
  for (let row = 0; row < rows; row++, y += PITCH, bias += 4) {
    const b = v128.load32_splat(bias);
    for (let s = y + from, end = y + to; s < end; s += 16) v128.store(s, activate(f32x4.add(v128.load(s), b), activation));
  }
}

/** y = act(W x + b), one panel of outputs after the other. */
export function denseForward(
  x: usize,
  panels: usize,
  bias: usize,
  y: usize,
  slopes: usize,
  outputs: i32,
  inputs: i32,
  n: i32,
  activation: i32,
): void {
  const end = span(n);
  const sweep = sweepSpan(inputs);
  for (let from: usize = 0; from < end; from += sweep) {
    const to = min(end, from + sweep);
    for (let o = 0; o < outputs; ) {
      const rows = panelRows(outputs - o);
      const row = y + <usize>o * PITCH;
      const b = bias + (<usize>o << 2);
      multiplyPanel(x, panels + (<usize>(o * inputs) << 2), row, rows, inputs, from, to);
      if (activation == 0) addBias(row, b, rows, from, to, 0);
      else if (activation == 2) addBias(row, b, rows, from, to, 2);
      o += rows;
    }
  }
}

/** act′ as a function of y = act(z). */
// @ts-ignore: decorator
@inline
function slope(y: v128, activation: i32): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
}

/** dx ← dx ⊙ act′ for the rows of a panel, bytes from .. to. */
// @ts-ignore: decorator
@inline
function multiplySlope(dx: usize, x: usize, rows: i32, from: usize, to: usize, activation: i32): void {
  for (let row = 0; row < rows; row++, dx += PITCH, x += PITCH) {
    for (let s = from; s < to; s += 16) {
      const g = v128.load(dx + s);
      const y = v128.load(x + s);
      if (activation == 2) v128.store(dx + s, v128.and(g, f32x4.gt(y, f32x4.splat(0))));
      else if (activation == 1) v128.store(dx + s, f32x4.mul(g, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y))));
      else v128.store(dx + s, f32x4.mul(g, y));
    }
  }
}

/** dx = (Wᵀ dy) ⊙ act′ of the layer below, one panel of inputs after the other. */
export function denseBackwardInput(
  dy: usize,
  panels: usize,
  dx: usize,
  x: usize,
  slopes: usize,
  outputs: i32,
  inputs: i32,
  n: i32,
  activation: i32,
): void {
  const end = span(n);
  const sweep = sweepSpan(outputs);
  for (let from: usize = 0; from < end; from += sweep) {
    const to = min(end, from + sweep);
    for (let i = 0; i < inputs; ) {
      const rows = panelRows(inputs - i);
      const offset = <usize>i * PITCH;
      multiplyPanel(dy, panels + (<usize>(i * outputs) << 2), dx + offset, rows, outputs, from, to);
      if (activation == 1) multiplySlope(dx + offset, x + offset, rows, from, to, 1);
      else if (activation == 2) multiplySlope(dx + offset, x + offset, rows, from, to, 2);
      else if (activation == 3) multiplySlope(dx + offset, slopes + offset, rows, from, to, 3);
      i += rows;
    }
  }
}
