import { madd } from './layout';

/**
 * `iterations` rounds of 14 independent multiply-adds of 4 floats, enough to hide their latency, few enough for the
 * registers. All sums converge to 1, so the result is 56.
 */
export function peak(iterations: i32): f32 {
  const half = f32x4.splat(0.5);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let i = f32x4.splat(9);
  let j = f32x4.splat(10);
  let k = f32x4.splat(11);
  let l = f32x4.splat(12);
  let m = f32x4.splat(13);
  let n = f32x4.splat(14);
  for (let round = 0; round < iterations; round++) {
    a = madd(a, half, half);
    b = madd(b, half, half);
    c = madd(c, half, half);
    d = madd(d, half, half);
    e = madd(e, half, half);
    f = madd(f, half, half);
    g = madd(g, half, half);
    h = madd(h, half, half);
    i = madd(i, half, half);
    j = madd(j, half, half);
    k = madd(k, half, half);
    l = madd(l, half, half);
    m = madd(m, half, half);
    n = madd(n, half, half);
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
  a = f32x4.add(a, f32x4.add(f32x4.add(f32x4.add(i, j), f32x4.add(k, l)), f32x4.add(m, n)));
  a = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
}
