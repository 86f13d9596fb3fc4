import { madd } from './layout';

/** `iterations` rounds of 8 independent multiply-adds of 4 floats: the machine's 128-bit peak. */
export function peak(iterations: i32): f32 {
  const scale = f32x4.splat(0.999);
  const shift = f32x4.splat(0.001);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  for (let i = 0; i < iterations; i++) {
    a = madd(a, scale, shift);
    b = madd(b, scale, shift);
    c = madd(c, scale, shift);
    d = madd(d, scale, shift);
    e = madd(e, scale, shift);
    f = madd(f, scale, shift);
    g = madd(g, scale, shift);
    h = madd(h, scale, shift);
  }
  const sum = f32x4.add(
    f32x4.add(f32x4.add(a, b), f32x4.add(c, d)),
    f32x4.add(f32x4.add(e, f), f32x4.add(g, h)),
  );
  return (
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    f32x4.extract_lane(sum, 2) +
    f32x4.extract_lane(sum, 3)
  );
}
