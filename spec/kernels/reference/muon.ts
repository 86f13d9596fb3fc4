/** PufferLib 4.0's coefficients of each Newton–Schulz step. */
const coefficients = [
  [4.0848, -6.8946, 2.927],
  [3.9505, -6.3029, 2.6377],
  [3.7418, -5.5913, 2.3037],
  [2.8769, -3.1427, 1.2046],
  [2.8366, -3.0525, 1.2012],
];

type Matrix = number[][];

const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
const transpose = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));

/** X ← (a + b X Xᵀ + c (X Xᵀ)²) X from the matrix over its Frobenius norm on, times √max(1, rows / columns). */
export function orthogonalize(matrix: Matrix): Matrix {
  const norm = Math.max(Math.sqrt(matrix.flat().reduce((sum, x) => sum + x * x, 0)), 1e-7);
  let x = matrix.map((row) => row.map((value) => value / norm));
  for (const [a, b, c] of coefficients) {
    const square = multiply(x, transpose(x));
    const fourth = multiply(square, square);
    const polynomial = square.map((row, i) =>
      row.map((value, j) => b * value + c * fourth[i][j] + (i === j ? a : 0)),
    );
    x = multiply(polynomial, x);
  }
  const scale = Math.sqrt(Math.max(1, matrix.length / matrix[0].length));
  return x.map((row) => row.map((value) => value * scale));
}
