import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertClose } from '../golden/golden.ts';
import { random, times } from './random.ts';
import { orthogonalize } from './reference/muon.ts';
import { forEachBuild } from './setup.ts';

const sides = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }));

forEachBuild((_, harness) => {
  function run(rows: Float32Array[], pitch: number): number[][] {
    harness.reset();
    const columns = rows[0].length;
    const matrix = harness.f32((rows.length - 1) * pitch + columns);
    for (const [i, row] of rows.entries()) matrix.set(row, i * pitch);
    const before = Array.from(matrix);
    const scratch = harness.f32(harness.kernels.orthogonalizeRoom(rows.length, columns));
    harness.call('orthogonalize', matrix, rows.length, columns, pitch, scratch);
    harness.checkGuards();
    // What lies between the rows is nobody's.
    matrix.forEach((value, i) => {
      if (i % pitch >= columns) assert.ok(Object.is(value, before[i]));
    });
    return rows.map((_, i) => Array.from(matrix.subarray(i * pitch, i * pitch + columns)));
  }

  describe('orthogonalize', () => {
    it('equals the reference, for wide matrices and for tall ones', () => {
      fc.assert(
        fc.property(sides, sides, fc.nat(5), fc.integer(), (rows, columns, gap, seed) => {
          const { uniform } = random(seed);
          const matrix = times(rows, () => Float32Array.from(times(columns, () => uniform(-2, 2))));
          const expected = orthogonalize(matrix.map((row) => Array.from(row)));
          // Small singular values grow by up to 494, and so do the errors of rounding.
          assertClose(run(matrix, columns + gap).flat(), expected.flat(), 2e-4, 'update', 1);
        }),
      );
    });

    it('makes singular values about 1, large or small, and keeps their signs', () => {
      const values = [1, 0.5, -0.1, 0.01, 3];
      const diagonal = values.map((value, i) => Float32Array.from(values, (_, j) => (i === j ? value : 0)));
      for (const [i, row] of run(diagonal, 5).entries()) {
        for (const [j, value] of row.entries()) {
          if (i !== j) assert.ok(Math.abs(value) < 1e-6);
          else
            assert.ok(value * Math.sign(values[i]) > 0.5 && Math.abs(value) < 1.3, `${values[i]}: ${value}`);
        }
      }
    });

    it('leaves a matrix of zeros as it is', () => {
      assert.ok(
        run([new Float32Array(3), new Float32Array(3)], 4)
          .flat()
          .every((value) => value === 0),
      );
    });
  });

  describe('nesterov, descend and shrink', () => {
    it('equal the references over some steps', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 9 }),
          fc.constantFrom(0, 0.5, 0.95),
          fc.integer(),
          (quads, mu, seed) => {
            harness.reset();
            const { uniform } = random(seed);
            const n = 4 * quads;
            const weights = harness.f32(times(n, () => uniform(-1, 1)));
            const [momentum, update, gradients] = [
              harness.f32(times(n, () => 0)),
              harness.f32(n),
              harness.f32(n),
            ];
            let expected = Array.from(weights, (weight) => ({ weight, buffer: 0 }));
            for (let step = 0; step < 4; step++) {
              gradients.set(times(n, () => uniform(-1, 1)));
              harness.call('nesterov', gradients, momentum, update, n, 0.3, mu);
              harness.call('shrink', weights, n, 0.99);
              harness.call('descend', weights, update, n, 0.1);
              expected = expected.map(({ weight, buffer }, i) => {
                const next = mu * buffer + 0.3 * gradients[i];
                return { weight: 0.99 * weight - 0.1 * (0.3 * gradients[i] + mu * next), buffer: next };
              });
            }
            harness.checkGuards();
            assertClose(
              weights,
              expected.map(({ weight }) => weight),
              1e-6,
              'weights',
              1,
            );
            assertClose(
              momentum,
              expected.map(({ buffer }) => buffer),
              1e-6,
              'momentum',
              1,
            );
          },
        ),
      );
    });
  });
});
