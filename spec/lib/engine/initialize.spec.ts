import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normals, orthogonal } from '../../../lib/engine/initialize.ts';

const sizes = fc.integer({ min: 1, max: 24 });
const seeds = fc.maxSafeNat();

describe('normals', () => {
  it('have the moments of the standard normal distribution', () => {
    const n = 100_000;
    const normal = normals(11);
    const values = Float64Array.from({ length: n }, normal);
    const moment = (k: number) => values.reduce((sum, x) => sum + x ** k, 0) / n;
    // Five standard errors: Var xᵏ = E x²ᵏ − (E xᵏ)², with E x² = 1, E x⁴ = 3, E x⁶ = 15, E x⁸ = 105.
    assert.ok(Math.abs(moment(1)) < 5 * Math.sqrt(1 / n));
    assert.ok(Math.abs(moment(2) - 1) < 5 * Math.sqrt(2 / n));
    assert.ok(Math.abs(moment(3)) < 5 * Math.sqrt(15 / n));
    assert.ok(Math.abs(moment(4) - 3) < 5 * Math.sqrt(96 / n));
    // Neighbours come in pairs from one draw: they must not be correlated.
    let product = 0;
    for (let i = 0; i < n; i += 2) product += values[i] * values[i + 1];
    assert.ok(Math.abs(product / (n / 2)) < 5 * Math.sqrt(2 / n));
  });

  it('have its quantiles', () => {
    const n = 50_000;
    const normal = normals(12);
    const values = Float64Array.from({ length: n }, normal);
    for (const [z, p] of [
      [-1.9599639845, 0.025],
      [-0.6744897502, 0.25],
      [0, 0.5],
      [1.6448536269, 0.95],
    ]) {
      const below = values.filter((x) => x < z).length / n;
      assert.ok(Math.abs(below - p) < 5 * Math.sqrt((p * (1 - p)) / n), `${z}`);
    }
  });

  it('are a function of the seed', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, normals(seed));
    fc.assert(fc.property(seeds, (seed) => assert.deepEqual(draw(seed), draw(seed))));
    assert.notDeepEqual(draw(1), draw(2));
  });
});

describe('orthogonal', () => {
  it('has orthogonal rows, or columns where there are fewer, of length gain', () => {
    const gains = fc.double({ min: 1e-3, max: 10, noNaN: true });
    fc.assert(
      fc.property(sizes, sizes, gains, seeds, (rows, columns, gain, seed) => {
        const matrix = orthogonal(rows, columns, gain, normals(seed));
        assert.equal(matrix.length, rows * columns);
        const wide = rows <= columns;
        const count = Math.min(rows, columns);
        const at = (vector: number, k: number) =>
          wide ? matrix[vector * columns + k] : matrix[k * columns + vector];
        for (let a = 0; a < count; a++) {
          for (let b = 0; b <= a; b++) {
            let product = 0;
            for (let k = 0; k < Math.max(rows, columns); k++) product += at(a, k) * at(b, k);
            assert.ok(
              Math.abs(product - (a === b ? gain * gain : 0)) < 1e-13 * gain * gain,
              `${a} · ${b}: ${product}`,
            );
          }
        }
      }),
    );
  });

  it('is orthogonal also where it is large and square', () => {
    const n = 256;
    const matrix = orthogonal(n, n, 1, normals(3));
    let worst = 0;
    for (let a = 0; a < n; a += 5) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += matrix[a * n + k] * matrix[b * n + k];
        worst = Math.max(worst, Math.abs(product - +(a === b)));
      }
    }
    assert.ok(worst < 1e-13, `${worst}`);
  });

  it('is orthogonal also where what it draws is nearly parallel', () => {
    const normal = normals(8);
    const matrix = orthogonal(4, 6, 1, () => 1 + 1e-6 * normal());
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) {
        let product = 0;
        for (let k = 0; k < 6; k++) product += matrix[6 * a + k] * matrix[6 * b + k];
        assert.ok(Math.abs(product) < 1e-14, `${a} · ${b}: ${product}`);
      }
    }
  });

  it('favours no direction: elements have mean 0 and variance gain² / longer side', () => {
    // E over matrices of q[i, j]² is 1/n by symmetry; a QR without care for signs would show in the mean.
    const normal = normals(4);
    const runs = 3000;
    const sums = new Float64Array(12);
    const squares = new Float64Array(12);
    for (let run = 0; run < runs; run++) {
      const matrix = orthogonal(3, 4, 2, normal);
      for (let k = 0; k < 12; k++) {
        sums[k] += matrix[k];
        squares[k] += matrix[k] ** 2;
      }
    }
    for (let k = 0; k < 12; k++) {
      assert.ok(Math.abs(sums[k] / runs) < 5 / Math.sqrt(runs), `mean of ${k}`);
      // Var q² = 2 (n − 1) / (n² (n + 2)) = 1/16 at n = 4, times gain⁴.
      assert.ok(Math.abs(squares[k] / runs - 1) < 5 * Math.sqrt(1 / runs), `variance of ${k}`);
    }
  });

  it('is a function of the numbers it draws', () => {
    assert.deepEqual(orthogonal(3, 5, 1, normals(9)), orthogonal(3, 5, 1, normals(9)));
    const once = orthogonal(3, 5, 1, normals(9));
    assert.deepEqual(
      orthogonal(3, 5, 2, normals(9)),
      once.map((x) => 2 * x),
    );
  });
});
