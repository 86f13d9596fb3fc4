/** Element k of the column, or element indices[k]. */
// @ts-ignore: decorator
@inline
function element(column: usize, indices: usize, k: usize): f64 {
  return <f64>load<f32>(column + ((indices ? <usize>load<u32>(indices + (k << 2)) : k) << 2));
}

/**
 * Σ x and Σ (x − mean)² over column[indices[0..n)], or column[0..n) where indices is 0, as 2 f64. Two passes in float64
 * with four running sums: the order depends on n only.
 */
export function moments(column: usize, indices: usize, n: i32, result: usize): void {
  const quads = <usize>n & ~3;
  let a: f64 = 0;
  let b: f64 = 0;
  let c: f64 = 0;
  let d: f64 = 0;
  for (let k: usize = 0; k < quads; k += 4) {
    a += element(column, indices, k);
    b += element(column, indices, k + 1);
    c += element(column, indices, k + 2);
    d += element(column, indices, k + 3);
  }
  for (let k = quads; k < <usize>n; k++) a += element(column, indices, k);
  const sum = a + b + (c + d);
  const mean = sum / <f64>n;

  a = b = c = d = 0;
  for (let k: usize = 0; k < quads; k += 4) {
    const x = element(column, indices, k) - mean;
    const y = element(column, indices, k + 1) - mean;
    const z = element(column, indices, k + 2) - mean;
    const w = element(column, indices, k + 3) - mean;
    a += x * x;
    b += y * y;
    c += z * z;
    d += w * w;
  }
  for (let k = quads; k < <usize>n; k++) {
    const x = element(column, indices, k) - mean;
    a += x * x;
  }
  store<f64>(result, sum);
  store<f64>(result, a + b + (c + d), 8);
}
