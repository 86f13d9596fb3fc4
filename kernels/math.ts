// Elementary functions of 4 floats. All coefficients are weighted minimax fits (Lawson's iteration on 1500 or more
// Chebyshev nodes, in float64) made for this file; the errors stated are measured in float32, for both builds.
//
// V8 keeps these constants in registers only across loops whose body always runs: in a do … while they are twice as
// fast as in a for.
import { madd } from './layout';

// @ts-ignore: decorator
@inline
function all(x: f32): v128 {
  return f32x4.splat(x);
}

/** c − a·b, fused where the build allows it. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b));
}

/** eˣ. Relative error 1.0e-7 on [-87.3, 88.3]; below −87.7 it is 0 (also at −Infinity), above 88.3 it stays e^88.3. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, all(88.3)), all(-88));
  // x = n ln 2 + r; adding 1.5·2²³ rounds to an integer and leaves it in the low bits.
  const shifted = f32x4.add(f32x4.mul(x, all(1.44269504)), all(12582912));
  const n = f32x4.sub(shifted, all(12582912));
  let r = nmadd(n, all(0.693359375), x);
  r = nmadd(n, all(-2.12194440e-4), r);
  let p = madd(all(0.0013818296138197184), r, all(0.008368532173335552));
  p = madd(p, r, all(0.04166829213500023));
  p = madd(p, r, all(0.1666652262210846));
  p = madd(p, r, all(0.4999999403953552));
  p = madd(p, r, all(1));
  p = madd(p, r, all(1));
  // n = −127 gives the scale 0, not a denormal.
  const scale = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
  return f32x4.mul(p, scale);
}

/** ln x for positive normal x. Error 1.0e-7, relative to |ln x|. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // x = 2ᵏ (1 + f) with 1 + f in [√½, √2)
  const k = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(k, 23)), all(1));
  const exponent = f32x4.convert_i32x4_s(k);
  const square = f32x4.mul(f, f);
  let p = madd(all(0.08700359612703323), f, all(-0.14266914129257202));
  p = madd(p, f, all(0.14914511144161224));
  p = madd(p, f, all(-0.16577653586864471));
  p = madd(p, f, all(0.199631005525589));
  p = madd(p, f, all(-0.2500133514404297));
  p = madd(p, f, all(0.3333390951156616));
  p = madd(p, f, all(-0.5));
  p = madd(exponent, all(-2.12194440e-4), f32x4.mul(p, square));
  return madd(exponent, all(0.693359375), f32x4.add(f, p));
}

/** sin x for |x| ≤ π/4. Error 4.1e-8, relative 7.1e-8. */
// @ts-ignore: decorator
@inline
export function sin4(x: v128): v128 {
  const t = f32x4.mul(x, x);
  let p = madd(all(-0.0001951528392964974), t, all(0.00833216030150652));
  p = madd(p, t, all(-0.16666655242443085));
  return madd(f32x4.mul(p, t), x, x);
}

/** cos x for |x| ≤ π/4. Error 7.1e-8. */
// @ts-ignore: decorator
@inline
export function cos4(x: v128): v128 {
  const t = f32x4.mul(x, x);
  let p = madd(all(2.44331567955669e-5), t, all(-0.0013887316454201937));
  p = madd(p, t, all(0.04166664555668831));
  return madd(f32x4.mul(p, t), t, nmadd(all(0.5), t, all(1)));
}

/** tanh x = x P(x²) / Q(x²), saturating at |x| = 7.905. Error 4.5e-7 (also relative); |result| < 1. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, all(7.905)), all(-7.905));
  const t = f32x4.mul(x, x);
  let p = madd(all(1.1526658454386052e-5), t, all(0.00296000181697309));
  p = madd(p, t, all(0.1293398141860962));
  p = madd(p, t, all(0.9999998807907104));
  let q = madd(all(2.4908732143558154e-7), t, all(0.0002399449294898659));
  q = madd(q, t, all(0.023852162063121796));
  q = madd(q, t, all(0.46267208456993103));
  q = madd(q, t, all(1));
  return f32x4.div(f32x4.mul(x, p), q);
}

// GELU(x) = x Φ(x) = max(x, 0) − u Φ(−u) with u = |x|. Φ(−u) is fitted as the 8th power of a polynomial, since its
// root falls only like e^(−u²/16); the slope's tail Φ(−u) − u φ(u) is fitted as Φ(−u) K(u). With u held at 5.5, where
// u Φ(−u) is 1e-7, the two polynomials serve all x.

/** u = min(|x|, 5.5), which the functions below share. */
// @ts-ignore: decorator
@inline
export function geluArgument4(x: v128): v128 {
  return f32x4.pmin(v128.and(x, i32x4.splat(0x7fffffff)), all(5.5));
}

/** Φ(−u), the normal distribution's tail, for u in [0, 5.5]. */
// @ts-ignore: decorator
@inline
export function geluTail4(u: v128): v128 {
  // Even and odd powers apart: two short chains of dependent operations in place of a long one.
  const w = f32x4.mul(u, u);
  let q = madd(all(-2.964459326904034e-7), w, all(-6.019953070790507e-5));
  let o = madd(all(7.479618943762034e-6), w, all(3.389632183825597e-5));
  q = madd(q, w, all(0.0015055155381560326));
  o = madd(o, w, all(-0.000673620670568198));
  q = madd(q, w, all(-0.03192688897252083));
  o = madd(o, w, all(-0.0914577767252922));
  q = madd(q, w, all(0.9170040488243103));
  q = madd(o, u, q);
  q = f32x4.mul(q, q);
  q = f32x4.mul(q, q);
  return f32x4.mul(q, q);
}

/** GELU(x) = x Φ(x), given u and the tail. Error 3e-7. */
// @ts-ignore: decorator
@inline
export function geluValue4(x: v128, u: v128, tail: v128): v128 {
  return nmadd(u, tail, f32x4.pmax(x, all(0)));
}

/** GELU′(x) = Φ(x) + x φ(x), given u and the tail. Error 8e-7. */
// @ts-ignore: decorator
@inline
export function geluSlope4(x: v128, u: v128, tail: v128): v128 {
  let k = madd(all(0.00012485402112361044), u, all(-0.0025750058703124523));
  k = madd(k, u, all(0.02217303030192852));
  k = madd(k, u, all(-0.11081089079380035));
  k = madd(k, u, all(-0.6361088752746582));
  k = madd(k, u, all(-0.7979375720024109));
  k = madd(k, u, all(1.0000008344650269));
  // Φ(x) + x φ(x) − ½ is odd, so it takes on the sign of x.
  const half = nmadd(k, tail, all(0.5));
  return f32x4.add(v128.xor(half, v128.andnot(x, i32x4.splat(0x7fffffff))), all(0.5));
}

/** GELU(x) = x Φ(x), the exact (erf) form. Error 3e-7. */
// @ts-ignore: decorator
@inline
export function gelu4(x: v128): v128 {
  const u = geluArgument4(x);
  return geluValue4(x, u, geluTail4(u));
}
