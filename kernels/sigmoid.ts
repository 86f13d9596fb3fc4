import { madd } from './layout';
import { tanh4 } from './math';

/** 1 / (1 + e⁻ˣ) = ½ + ½ tanh(x / 2). Error 2.5e-7. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return madd(tanh4(f32x4.mul(x, half)), half, half);
}
