import { madd, PITCH, span } from './layout';
import { nmadd, tanh4 } from './math';
import { sigmoid4 } from './sigmoid';

/**
 * The gates i, f, g, o of an LSTM, `units` features each: from their sums, in place, to their activations; then
 * c = f (keep c₋) + i g and h = o tanh c. c may take the place of c₋.
 */
export function lstmForward(
  gates: usize,
  cell: usize,
  keep: usize,
  hidden: usize,
  nextCell: usize,
  units: i32,
  n: i32,
): void {
  const end = span(n);
  const gate = <usize>units * PITCH;
  for (let u = 0; u < units; u++) {
    const row = <usize>u * PITCH;
    let at = gates + row;
    let s: usize = 0;
    do {
      const i = sigmoid4(v128.load(at));
      const f = sigmoid4(v128.load(at + gate));
      const g = tanh4(v128.load(at + 2 * gate));
      const o = sigmoid4(v128.load(at + 3 * gate));
      const before = f32x4.mul(v128.load(cell + row + s), v128.load(keep + s));
      const c = madd(i, g, f32x4.mul(f, before));
      v128.store(at, i);
      v128.store(at + gate, f);
      v128.store(at + 2 * gate, g);
      v128.store(at + 3 * gate, o);
      v128.store(nextCell + row + s, c);
      v128.store(hidden + row + s, f32x4.mul(o, tanh4(c)));
      at += 16;
      s += 16;
    } while (s < end);
  }
}

/**
 * The way back: from dh and from dc, the gradient by c, to the gradients by the gates' sums; dc becomes that by c₋.
 * dh is the sum of two blocks: what comes from above and what comes from the next step.
 */
export function lstmBackward(
  gates: usize,
  cell: usize,
  keep: usize,
  nextCell: usize,
  dAbove: usize,
  dHidden: usize,
  dCell: usize,
  dGates: usize,
  units: i32,
  n: i32,
): void {
  const end = span(n);
  const gate = <usize>units * PITCH;
  const one = f32x4.splat(1);
  for (let u = 0; u < units; u++) {
    const row = <usize>u * PITCH;
    let s: usize = 0;
    do {
      const at = gates + row + s;
      const to = dGates + row + s;
      const i = v128.load(at);
      const f = v128.load(at + gate);
      const g = v128.load(at + 2 * gate);
      const o = v128.load(at + 3 * gate);
      const squashed = tanh4(v128.load(nextCell + row + s));
      const kept = v128.load(keep + s);
      const before = f32x4.mul(v128.load(cell + row + s), kept);
      const dh = f32x4.add(v128.load(dAbove + row + s), v128.load(dHidden + row + s));
      const dhO = f32x4.mul(dh, o);
      const dc = madd(dhO, nmadd(squashed, squashed, one), v128.load(dCell + row + s));
      const dcF = f32x4.mul(dc, f);
      const dcI = f32x4.mul(dc, i);
      v128.store(to, f32x4.mul(f32x4.mul(dcI, g), f32x4.sub(one, i)));
      v128.store(to + gate, f32x4.mul(f32x4.mul(dcF, before), f32x4.sub(one, f)));
      v128.store(to + 2 * gate, f32x4.mul(dcI, nmadd(g, g, one)));
      v128.store(to + 3 * gate, f32x4.mul(f32x4.mul(dhO, squashed), f32x4.sub(one, o)));
      v128.store(dCell + row + s, f32x4.mul(dcF, kept));
      s += 16;
    } while (s < end);
  }
}
