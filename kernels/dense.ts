import { PITCH, panelRows, span } from './layout';
import { gelu4, geluArgument4, geluSlope4, geluTail4, geluValue4, tanh4 } from './math';
import { multiplyPanel, multiplyPanelBy } from './tiles';

export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const GELU: i32 = 3;

/** Bytes of x that one sweep over the panels keeps in the first-level cache. */
const SWEEP: i32 = 32768;

/** Bytes of samples in a sweep: a multiple of 64, a cache line. */
// @ts-ignore: decorator
@inline
export function sweepSpan(inputs: i32): usize {
  return <usize>max(64, (SWEEP / inputs) & -64);
}

/** y ← act(y + b) for `rows` rows of y. Inlined once per activation, so that the inner loop has no branch. */
// @ts-ignore: decorator
@inline
function finish(y: usize, bias: usize, rows: i32, bytes: usize, activation: i32): void {
  for (; rows > 0; rows--, y += PITCH, bias += 4) {
    const b = v128.load32_splat(bias);
    let at = y;
    // V8 keeps the constants of an activation in registers only in a loop that always runs.
    do {
      const z = f32x4.add(v128.load(at), b);
      if (activation == TANH) v128.store(at, tanh4(z));
      else if (activation == RELU) v128.store(at, f32x4.pmax(z, f32x4.splat(0)));
      else if (activation == GELU) v128.store(at, gelu4(z));
      else v128.store(at, z);
      at += 16;
    } while (at < y + bytes);
  }
}

/** y ← GELU(y + b) for `rows` rows, and GELU′(y + b) to `slopes` bytes beyond y. */
// @ts-ignore: decorator
@inline
function finishWithSlopes(y: usize, bias: usize, slopes: isize, rows: i32, bytes: usize): void {
  for (; rows > 0; rows--, y += PITCH, bias += 4) {
    const b = v128.load32_splat(bias);
    let at = y;
    // There are more constants than registers: 8 samples at a time, which a row is a multiple of, halve their loads.
    do {
      const z0 = f32x4.add(v128.load(at), b);
      const z1 = f32x4.add(v128.load(at, 16), b);
      const u0 = geluArgument4(z0);
      const u1 = geluArgument4(z1);
      const tail0 = geluTail4(u0);
      const tail1 = geluTail4(u1);
      const slope0 = geluSlope4(z0, u0, tail0);
      const slope1 = geluSlope4(z1, u1, tail1);
      v128.store(at, geluValue4(z0, u0, tail0));
      v128.store(at, geluValue4(z1, u1, tail1), 16);
      v128.store(at + slopes, slope0);
      v128.store(at + slopes, slope1, 16);
      at += 32;
    } while (at < y + bytes);
  }
}

/** y ← act(y + b) for `rows` rows, and act′ to `slopes` bytes beyond y where act is GELU and slopes ≠ 0. */
// @ts-ignore: decorator
@inline
export function activateRows(
  y: usize,
  bias: usize,
  slopes: isize,
  rows: i32,
  bytes: usize,
  activation: i32,
): void {
  if (activation == TANH) finish(y, bias, rows, bytes, TANH);
  else if (activation == RELU) finish(y, bias, rows, bytes, RELU);
  else if (activation == GELU && slopes) finishWithSlopes(y, bias, slopes, rows, bytes);
  else if (activation == GELU) finish(y, bias, rows, bytes, GELU);
  else finish(y, bias, rows, bytes, 0);
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
      multiplyPanel(x, panels + (<usize>(o * inputs) << 2), row, rows, inputs, from, to);
      activateRows(row + from, bias + (<usize>o << 2), slopes ? slopes - y : 0, rows, to - from, activation);
      o += rows;
    }
  }
}

/** dx ← dx ⊙ act′ for `rows` rows; `below` is y = act(z), from which act′ follows. */
// @ts-ignore: decorator
@inline
export function multiplySlope(dx: usize, below: usize, rows: i32, bytes: usize, activation: i32): void {
  for (; rows > 0; rows--, dx += PITCH, below += PITCH) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const g = v128.load(dx + at);
      const y = v128.load(below + at);
      if (activation == TANH) v128.store(dx + at, f32x4.mul(g, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y))));
      else v128.store(dx + at, v128.and(g, f32x4.gt(y, f32x4.splat(0))));
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
      const row = <usize>i * PITCH;
      const panel = panels + (<usize>(i * outputs) << 2);
      if (activation == GELU) multiplyPanelBy(dy, panel, dx + row, rows, outputs, from, to, slopes - dx);
      else multiplyPanel(dy, panel, dx + row, rows, outputs, from, to);
      const at = row + from;
      if (activation == TANH) multiplySlope(dx + at, x + at, rows, to - from, TANH);
      else if (activation == RELU) multiplySlope(dx + at, x + at, rows, to - from, RELU);
      i += rows;
    }
  }
}
