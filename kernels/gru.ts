import { madd, PITCH, span } from './layout';
import { nmadd, tanh4 } from './math';
import { sigmoid4 } from './sigmoid';

/**
 * The gates r, z, n of a GRU, `units` features each, from their sums over the input, in `gates`, and over the state, in
 * `recurrent`: r and z = σ(both), n = tanh(gates + r recurrent), h = (1 − z) n + z h₋. `gates` becomes r, z, n and, as a
 * fourth, the state's sum for n, which the way back needs.
 */
export function gruForward(
  gates: usize,
  recurrent: usize,
  before: usize,
  hidden: usize,
  units: i32,
  n: i32,
): void {
  const end = span(n);
  const gate = <usize>units * PITCH;
  for (let u = 0; u < units; u++) {
    const row = <usize>u * PITCH;
    let s: usize = 0;
    do {
      const at = gates + row + s;
      const sums = recurrent + row + s;
      const r = sigmoid4(f32x4.add(v128.load(at), v128.load(sums)));
      const z = sigmoid4(f32x4.add(v128.load(at + gate), v128.load(sums + gate)));
      const sum = v128.load(sums + 2 * gate);
      const candidate = tanh4(madd(r, sum, v128.load(at + 2 * gate)));
      v128.store(at, r);
      v128.store(at + gate, z);
      v128.store(at + 2 * gate, candidate);
      v128.store(at + 3 * gate, sum);
      const h = madd(z, f32x4.sub(v128.load(before + row + s), candidate), candidate);
      v128.store(hidden + row + s, h);
      s += 16;
    } while (s < end);
  }
}

/**
 * The way back: from dh, the sum of two blocks, what comes from above and what comes from the next step, to the gradients
 * by both sums; `dHidden` becomes the part of the gradient by h₋ that does not go through them.
 */
export function gruBackward(
  gates: usize,
  before: usize,
  dAbove: usize,
  dHidden: usize,
  dGates: usize,
  dRecurrent: usize,
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
      const r = v128.load(at);
      const z = v128.load(at + gate);
      const candidate = v128.load(at + 2 * gate);
      const sum = v128.load(at + 3 * gate);
      const dh = f32x4.add(v128.load(dAbove + row + s), v128.load(dHidden + row + s));
      const dhZ = f32x4.mul(dh, z);
      const stays = f32x4.sub(one, z);
      const dCandidate = f32x4.mul(f32x4.mul(dh, stays), nmadd(candidate, candidate, one));
      const dSum = f32x4.mul(dCandidate, r);
      const dr = f32x4.mul(f32x4.mul(dSum, sum), f32x4.sub(one, r));
      const change = f32x4.sub(v128.load(before + row + s), candidate);
      const dz = f32x4.mul(f32x4.mul(dhZ, change), stays);
      const to = dGates + row + s;
      const state = dRecurrent + row + s;
      v128.store(to, dr);
      v128.store(to + gate, dz);
      v128.store(to + 2 * gate, dCandidate);
      v128.store(state, dr);
      v128.store(state + gate, dz);
      v128.store(state + 2 * gate, dSum);
      v128.store(dHidden + row + s, dhZ);
      s += 16;
    } while (s < end);
  }
}
