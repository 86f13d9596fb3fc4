/** Index of element k of those that are looked at. */
// @ts-ignore: decorator
@inline
function place(indices: usize, k: usize): usize {
  return indices ? <usize>load<u32>(indices + (k << 2)) : k;
}

/** Whether element k counts. */
// @ts-ignore: decorator
@inline
function counts(indices: usize, weights: usize, k: usize): i32 {
  return weights ? i32(load<f32>(weights + (place(indices, k) << 2)) != 0) : 1;
}

/** Element k less the mean; 0 if it does not count. */
// @ts-ignore: decorator
@inline
function deviation(column: usize, indices: usize, weights: usize, k: usize, mean: f64): f64 {
  const x = <f64>load<f32>(column + (place(indices, k) << 2)) - mean;
  return weights ? select<f64>(x, 0, counts(indices, weights, k)) : x;
}

/** Inlined once without weights, so that they cost nothing where there are none. */
// @ts-ignore: decorator
@inline
function sumUp(column: usize, indices: usize, n: i32, result: usize, weights: usize): i32 {
  const quads = <usize>n & ~3;
  let count = n;
  if (weights) {
    count = 0;
    for (let k: usize = 0; k < <usize>n; k++) count += counts(indices, weights, k);
  }
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  for (let k: usize = 0; k < quads; k += 4) {
    a += deviation(column, indices, weights, k, 0);
    b += deviation(column, indices, weights, k + 1, 0);
    c += deviation(column, indices, weights, k + 2, 0);
    d += deviation(column, indices, weights, k + 3, 0);
  }
  for (let k = quads; k < <usize>n; k++) a += deviation(column, indices, weights, k, 0);
  const sum = a + b + (c + d);
  const mean = sum / <f64>count;

  a = b = c = d = 0;
  for (let k: usize = 0; k < quads; k += 4) {
    const x = deviation(column, indices, weights, k, mean);
    const y = deviation(column, indices, weights, k + 1, mean);
    const z = deviation(column, indices, weights, k + 2, mean);
    const w = deviation(column, indices, weights, k + 3, mean);
    a += x * x;
    b += y * y;
    c += z * z;
    d += w * w;
  }
  for (let k = quads; k < <usize>n; k++) {
    const x = deviation(column, indices, weights, k, mean);
    a += x * x;
  }
  store<f64>(result, sum);
  store<f64>(result, a + b + (c + d), 8);
  return count;
}

/**
 * Σ x and Σ (x − mean)² over column[indices[0..n)], or column[0..n) where indices is 0, as 2 f64; of elements whose
 * weight, at the same place of a column like it, is 0 nothing counts (weights 0: all count). Two passes in float64 with
 * four running sums: the order depends on n only. Returns how many count.
 */
export function moments(column: usize, indices: usize, n: i32, result: usize, weights: usize): i32 {
  if (weights) return sumUp(column, indices, n, result, weights);
  return sumUp(column, indices, n, result, 0);
}
