import { madd, PITCH, span } from './layout';
import { sigmoid4 } from './sigmoid';

/**
 * The gates of a MinGRU, `units` features each: from their sums v, in place, to g(v₀), σ(v₁) and σ(v₂), where g(v) is
 * v + ½ for v ≥ 0, else σ(v). Then s = (1 − σ(v₁)) (keep s₋) + σ(v₁) g(v₀) and y = σ(v₂) s + (1 − σ(v₂)) x. s may take
 * the place of s₋.
 */
export function minGruForward(
  gates: usize,
  x: usize,
  state: usize,
  keep: usize,
  nextState: usize,
  y: usize,
  units: i32,
  n: i32,
): void {
  const end = span(n);
  const gate = <usize>units * PITCH;
  for (let u = 0; u < units; u++) {
    const row = <usize>u * PITCH;
    let at = gates + row;
    let sample: usize = 0;
    do {
      const v = v128.load(at);
      const zero = f32x4.splat(0);
      const linear = f32x4.add(v, f32x4.splat(0.5));
      const candidate = v128.bitselect(linear, sigmoid4(v), f32x4.ge(v, zero));
      const mix = sigmoid4(v128.load(at + gate));
      const out = sigmoid4(v128.load(at + 2 * gate));
      const before = f32x4.mul(v128.load(state + row + sample), v128.load(keep + sample));
      const s = madd(mix, f32x4.sub(candidate, before), before);
      const skipped = v128.load(x + row + sample);
      v128.store(at, candidate);
      v128.store(at + gate, mix);
      v128.store(at + 2 * gate, out);
      v128.store(nextState + row + sample, s);
      v128.store(y + row + sample, madd(out, f32x4.sub(s, skipped), skipped));
      at += 16;
      sample += 16;
    } while (sample < end);
  }
}

/**
 * The way back: from dy, and ds from the next step, to the gradients by the gates' sums; ds becomes that by s₋, and dy
 * the part of dx that does not go through the gates.
 */
export function minGruBackward(
  gates: usize,
  x: usize,
  state: usize,
  keep: usize,
  nextState: usize,
  dy: usize,
  ds: usize,
  dGates: usize,
  units: i32,
  n: i32,
): void {
  const end = span(n);
  const gate = <usize>units * PITCH;
  for (let u = 0; u < units; u++) {
    const row = <usize>u * PITCH;
    let sample: usize = 0;
    do {
      const one = f32x4.splat(1);
      const at = gates + row + sample;
      const to = dGates + row + sample;
      const candidate = v128.load(at);
      const mix = v128.load(at + gate);
      const out = v128.load(at + 2 * gate);
      const kept = v128.load(keep + sample);
      const before = f32x4.mul(v128.load(state + row + sample), kept);
      const above = v128.load(dy + row + sample);
      const dOut = f32x4.mul(above, out);
      const skip = f32x4.mul(above, f32x4.sub(one, out));
      const change = f32x4.sub(v128.load(nextState + row + sample), v128.load(x + row + sample));
      const d = f32x4.add(dOut, v128.load(ds + row + sample));
      const dMix = f32x4.mul(d, mix);
      const stays = f32x4.sub(one, mix);
      // g(v) ≥ ½ just where v ≥ 0, but for what float32 rounds to it.
      const curved = f32x4.mul(candidate, f32x4.sub(one, candidate));
      const slope = v128.bitselect(one, curved, f32x4.ge(candidate, f32x4.splat(0.5)));
      v128.store(to, f32x4.mul(dMix, slope));
      v128.store(to + gate, f32x4.mul(f32x4.mul(dMix, stays), f32x4.sub(candidate, before)));
      v128.store(to + 2 * gate, f32x4.mul(f32x4.mul(skip, out), change));
      v128.store(ds + row + sample, f32x4.mul(f32x4.mul(d, stays), kept));
      v128.store(dy + row + sample, skip);
      sample += 16;
    } while (sample < end);
  }
}
