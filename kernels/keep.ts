import { PITCH, span } from './layout';

/** to = from ⊙ keep, keep having one float a sample, for n samples of each feature. */
export function keepBlock(from: usize, keep: usize, to: usize, features: i32, n: i32): void {
  const end = span(n);
  for (; features > 0; features--, from += PITCH, to += PITCH) {
    let s: usize = 0;
    do {
      v128.store(to + s, f32x4.mul(v128.load(from + s), v128.load(keep + s)));
      s += 16;
    } while (s < end);
  }
}

/** to = (a + b) ⊙ keep. */
export function keepSum(a: usize, b: usize, keep: usize, to: usize, features: i32, n: i32): void {
  const end = span(n);
  for (; features > 0; features--, a += PITCH, b += PITCH, to += PITCH) {
    let s: usize = 0;
    do {
      const sum = f32x4.add(v128.load(a + s), v128.load(b + s));
      v128.store(to + s, f32x4.mul(sum, v128.load(keep + s)));
      s += 16;
    } while (s < end);
  }
}
