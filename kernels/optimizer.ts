import { madd } from './layout';

/** sum + x² of 4 floats, in two float64 lanes. */
// @ts-ignore: decorator
@inline
export function addSquares(sum: v128, x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
  return f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
}

/**
 * gradients[0] += gradients[1] + … over `chunks` buffers of n floats, `pitch` bytes apart, in order.
 *
 * @param n a multiple of 4
 * @returns Σ g² of the sum, accumulated in float64
 */
export function reduceGradients(gradients: usize, n: i32, chunks: i32, pitch: usize): f64 {
  const end = gradients + (<usize>n << 2);
  const span = <usize>chunks * pitch;
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let g = gradients;
  // A cache line of every chunk at a time.
  for (; g + 64 <= end; g += 64) {
    let x0 = v128.load(g);
    let x1 = v128.load(g, 16);
    let x2 = v128.load(g, 32);
    let x3 = v128.load(g, 48);
    for (let c = pitch; c < span; c += pitch) {
      x0 = f32x4.add(x0, v128.load(g + c));
      x1 = f32x4.add(x1, v128.load(g + c, 16));
      x2 = f32x4.add(x2, v128.load(g + c, 32));
      x3 = f32x4.add(x3, v128.load(g + c, 48));
    }
    v128.store(g, x0);
    v128.store(g, x1, 16);
    v128.store(g, x2, 32);
    v128.store(g, x3, 48);
    even = addSquares(addSquares(even, x0), x2);
    odd = addSquares(addSquares(odd, x1), x3);
  }
  for (; g < end; g += 16) {
    let x = v128.load(g);
    for (let c = pitch; c < span; c += pitch) x = f32x4.add(x, v128.load(g + c));
    v128.store(g, x);
    even = addSquares(even, x);
  }
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * One Adam step in PyTorch's form.
 *
 *   m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  with g = scale · gradient
 *   w ← w − (η / correction1) · m / (√v / √correction2 + ε),  correctionₖ = 1 − βₖᵗ
 *
 * @param n a multiple of 4
 * @see arXiv:1412.6980; reference data: spec/golden/ppo_loss.json
 */
export function adam(
  weights: usize,
  gradients: usize,
  m: usize,
  v: usize,
  n: i32,
  scale: f64,
  learningRate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  correction1: f64,
  correction2: f64,
): void {
  if (n <= 0) return;
  const scales = f32x4.splat(<f32>scale);
  const keep1 = f32x4.splat(<f32>beta1);
  const keep2 = f32x4.splat(<f32>beta2);
  const take1 = f32x4.splat(<f32>(1 - beta1));
  const take2 = f32x4.splat(<f32>(1 - beta2));
  const step = f32x4.splat(<f32>(learningRate / correction1));
  const inverse = f32x4.splat(<f32>(1 / sqrt(correction2)));
  const eps = f32x4.splat(<f32>epsilon);
  const end = <usize>n << 2;
  let i: usize = 0;
  do {
    const g = f32x4.mul(v128.load(gradients + i), scales);
    const m1 = madd(keep1, v128.load(m + i), f32x4.mul(take1, g));
    const v1 = madd(keep2, v128.load(v + i), f32x4.mul(take2, f32x4.mul(g, g)));
    const root = madd(f32x4.sqrt(v1), inverse, eps);
    v128.store(m + i, m1);
    v128.store(v + i, v1);
    v128.store(weights + i, f32x4.sub(v128.load(weights + i), f32x4.div(f32x4.mul(step, m1), root)));
    i += 16;
  } while (i < end);
}

/** w ← factor · w, for n floats, a multiple of 4: the decay of weights apart from the gradient. */
export function shrink(weights: usize, n: i32, factor: f64): void {
  const factors = f32x4.splat(<f32>factor);
  const end = weights + (<usize>n << 2);
  for (; weights < end; weights += 16) v128.store(weights, f32x4.mul(v128.load(weights), factors));
}
