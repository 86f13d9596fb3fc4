import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activations } from '../../lib/engine/wasm/kernels.ts';
import { activation, affine, backwardInput, backwardWeights } from './reference/dense.ts';
import { forEachBuild } from './setup.ts';

const codes = Object.values(activations);
const size = fc.oneof(fc.integer({ min: 1, max: 21 }), fc.constantFrom(31, 48, 49, 64, 118, 130));
const problems = fc.record({
  outputs: size,
  inputs: size,
  n: fc.oneof(fc.constantFrom(5, 8, 128), fc.integer({ min: 1, max: 128 })),
  act: fc.constantFrom(...codes),
  seed: fc.integer(),
});

/** Matrices of numbers in [-1, 1], from a linear congruential generator. */
function numbers(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  };
  return (rows: number, columns: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, next));
}

/** Asserts |actual − expected| ≤ 1e-5 of the largest expected number, or of 1. */
function close(actual: number[][], expected: number[][], what: string): void {
  const scale = Math.max(1, ...expected.map((row) => Math.max(...row.map(Math.abs))));
  expected.forEach((row, i) => {
    row.forEach((value, j) => {
      if (!(Math.abs(actual[i][j] - value) <= 1e-5 * scale)) {
        assert.fail(`${what}[${i}][${j}]: expected ${value}, got ${actual[i][j]}`);
      }
    });
  });
}

forEachBuild((_, harness) => {
  const { kernels } = harness;
  const stride = kernels.stride();
  const padded = (n: number) => Math.ceil(n / kernels.rows()) * kernels.rows();
  const check = (law: (problem: Problem) => void) =>
    fc.assert(
      fc.property(problems, (problem) => {
        harness.reset();
        law(problem);
        harness.checkGuards();
      }),
      { numRuns: 300 },
    );

  /** A block of these samples: zeros up to the end of the last group of 8, NaN wherever nothing is promised. */
  function block(features: number, samples: number[][] = []) {
    const column = harness.f32(padded(features) * stride);
    for (let f = 0; f < features; f++) {
      for (let s = 0; s < Math.ceil(samples.length / 8) * 8; s++)
        column[f * stride + s] = samples[s]?.[f] ?? 0;
    }
    return column;
  }

  const read = (column: Float32Array, features: number, n: number) =>
    Array.from({ length: n }, (_, s) => Array.from({ length: features }, (_, f) => column[f * stride + s]));

  /** A weight matrix, or a bias as a matrix of one row, padded with zeros. */
  function matrix(rows: number[][], padRows = true) {
    const pitch = padded(rows[0].length);
    const column = harness.f32(new Float32Array((padRows ? padded(rows.length) : rows.length) * pitch));
    rows.forEach((row, i) => {
      column.set(row, i * pitch);
    });
    return column;
  }

  const readMatrix = (column: Float32Array, rows: number, columns: number) =>
    Array.from({ length: rows }, (_, i) => [
      ...column.subarray(i * padded(columns), i * padded(columns) + columns),
    ]);

  it('gathers rows into a block and clears the padding', () =>
    check(({ inputs, n, seed }) => {
      const random = numbers(seed);
      const rows = random(2 * n, inputs);
      const column = harness.f32(rows.flat());
      const picks = Array.from(random(1, n)[0], (u) => Math.floor(n * (u + 1)) % (2 * n));
      for (const indices of [undefined, harness.u32(picks)]) {
        const to = block(inputs);
        harness.call('gather', column, indices ?? 0, n, inputs, to);
        const samples = Math.ceil(n / 8) * 8;
        const expected = Array.from({ length: samples }, (_, s) =>
          Array.from({ length: padded(inputs) }, (_, f) =>
            s < n ? (rows[indices ? picks[s] : s][f] ?? 0) : 0,
          ),
        );
        assert.deepEqual(read(to, padded(inputs), samples), expected);
      }
    }));

  it('computes act(W x + b) and act′', () =>
    check(({ outputs, inputs, n, act, seed }) => {
      const random = numbers(seed);
      const [weights, bias, samples] = [random(outputs, inputs), random(1, outputs), random(n, inputs)];
      const [w, b, x] = [matrix(weights), matrix(bias, false), block(inputs, samples)];
      const [panels, y, slopes] = [harness.f32(w.length), block(outputs), block(outputs)];
      harness.call('pack', w, panels, outputs, inputs);
      harness.call('denseForward', x, panels, b, y, slopes, outputs, inputs, n, act);
      const z = affine(weights, bias[0], samples);
      close(
        read(y, outputs, n),
        z.map((row) => row.map(activation[act].value)),
        'y',
      );
      if (act === activations.gelu) {
        close(
          read(slopes, outputs, n),
          z.map((row) => row.map(activation[act].slope)),
          'slopes',
        );
      }
      const again = block(outputs);
      harness.call('denseForward', x, panels, b, again, 0, outputs, inputs, n, act);
      assert.deepEqual(read(again, outputs, n), read(y, outputs, n), 'slopes change y');
    }));

  it('computes (Wᵀ dy) ⊙ act′', () =>
    check(({ outputs, inputs, n, act, seed }) => {
      const random = numbers(seed);
      const [weights, gradients, z] = [random(outputs, inputs), random(n, outputs), random(n, inputs)];
      const slopes = z.map((row) => row.map(activation[act].slope));
      const isGelu = act === activations.gelu;
      const x = block(inputs, isGelu ? [] : z.map((row) => row.map(activation[act].value)));
      const [w, dy, dx, below] = [
        matrix(weights),
        block(outputs, gradients),
        block(inputs),
        block(inputs, slopes),
      ];
      const panels = harness.f32(w.length);
      harness.call('packTransposed', w, panels, outputs, inputs);
      harness.call('denseBackwardInput', dy, panels, dx, x, isGelu ? below : 0, outputs, inputs, n, act);
      const expected = backwardInput(weights, gradients).map((row, s) => row.map((g, i) => g * slopes[s][i]));
      close(read(dx, inputs, n), expected, 'dx');
    }));

  it('adds dy xᵀ and Σ dy', () =>
    check(({ outputs, inputs, n, seed }) => {
      const random = numbers(seed);
      const [samples, gradients] = [random(n, inputs), random(n, outputs)];
      const [before, biasBefore] = [random(outputs, inputs), random(1, outputs)];
      const [x, dy] = [block(inputs, samples), block(outputs, gradients)];
      const [dw, db] = [matrix(before), matrix(biasBefore, false)];
      harness.call('denseBackwardWeights', x, dy, dw, db, outputs, inputs, n);
      const sum = backwardWeights(samples, gradients);
      const expected = sum.weights.map((row, o) => row.map((g, i) => before[o][i] + g));
      close(readMatrix(dw, outputs, inputs), expected, 'dW');
      close([[...db.subarray(0, outputs)]], [sum.bias.map((g, o) => biasBefore[0][o] + g)], 'db');
      const padding = readMatrix(dw, padded(outputs), padded(inputs)).flatMap((row, o) =>
        row.slice(o < outputs ? inputs : 0),
      );
      assert.ok(
        [...padding, ...db.subarray(outputs)].every((g) => g === 0),
        'padding of dW and db stays 0',
      );
    }));

  it('measures the peak with a sum that converges to 14 · 4', () => {
    assert.equal(kernels.peak(1000), 56);
  });
});

type Problem = typeof problems extends fc.Arbitrary<infer P> ? P : never;
