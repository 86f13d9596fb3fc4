import assert from 'node:assert/strict';
import fc from 'fast-check';
import { times } from './random.ts';
import type { Outcome, PpoConfig } from './reference/ppoLoss.ts';
import type { Harness } from './setup.ts';

/** Settings of a loss kernel. */
export const configs = fc.record({
  clipCoef: fc.constantFrom(0.1, 0.2),
  vfClip: fc.constantFrom(0.2, Infinity),
  entCoef: fc.constantFrom(0, 0.01, 1),
  vfCoef: fc.constantFrom(0.5, 1),
  mean: fc.constantFrom(0, 0.25),
  invStd: fc.constantFrom(1, 2),
  dualClip: fc.constantFrom(1.5, 3, Infinity),
  weight: fc.constantFrom(1, 1 / 64),
  klCoef: fc.constantFrom(0, 0.3),
});
export const counts = fc.oneof(fc.constantFrom(1, 3, 5, 128), fc.integer({ min: 1, max: 128 }));

/** Pointers to what a loss kernel is given of samples, apart from its policy. */
export interface LossArguments {
  readonly outputs: number;
  readonly values: number;
  readonly indices: number;
  readonly n: number;
  readonly scratch: number;
  readonly actions: number;
  /** logProbs, advantages, returns, oldValues, sampleWeights, config, dOutputs, dValues, newLogProbs, newValues, sums. */
  readonly rest: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
}

/** The loss of samples with these outputs, read from shuffled columns by indices, in one head whose last row is the value. */
export function runLoss(
  harness: Harness,
  samples: readonly (Outcome & { readonly actions: readonly number[] })[],
  outputs: readonly (readonly number[])[],
  config: PpoConfig,
  actionType: 'i32' | 'f32',
  call: (args: LossArguments) => void,
) {
  const stride = harness.kernels.stride();
  const n = samples.length;
  const size = outputs[0].length;
  const components = samples[0].actions.length;
  const span = Math.ceil(n / 8) * 8;
  const head = harness.f32((size + 1) * stride);
  const gradient = harness.f32((size + 1) * stride);
  samples.forEach(({ value }, s) => {
    for (const [f, x] of [...outputs[s], value].entries()) head[f * stride + s] = x;
  });
  // Sample s is element 3 s + 1; every other element is NaN.
  const column = (of?: (sample: Outcome) => number) => {
    const values = harness.f32(3 * n);
    if (of)
      samples.forEach((sample, s) => {
        values[3 * s + 1] = of(sample);
      });
    return values;
  };
  const weighted = samples.some(({ importance }) => importance !== undefined);
  const actions = harness[actionType](3 * n * components);
  samples.forEach((sample, s) => {
    actions.set(sample.actions, (3 * s + 1) * components);
  });
  const [newLogProbs, newValues] = [column(), column()];
  const sums = harness.f64([1, 2, 3, 4, 5, 6]);
  const { clipCoef, vfClip, entCoef, vfCoef, mean, invStd, dualClip, weight, klCoef = 0 } = config;
  call({
    outputs: head.byteOffset,
    values: head.byteOffset + 4 * size * stride,
    indices: harness.u32(times(n, (s) => 3 * s + 1)).byteOffset,
    n,
    scratch: harness.f32(16 * components).byteOffset,
    actions: actions.byteOffset,
    rest: [
      column(({ logProb }) => logProb).byteOffset,
      column(({ advantage }) => advantage).byteOffset,
      column((sample) => sample.return).byteOffset,
      column(({ oldValue }) => oldValue).byteOffset,
      weighted ? column(({ importance = 1 }) => importance).byteOffset : 0,
      harness.f32([clipCoef, vfClip, entCoef, vfCoef, mean, invStd, dualClip, weight, klCoef]).byteOffset,
      gradient.byteOffset,
      gradient.byteOffset + 4 * size * stride,
      newLogProbs.byteOffset,
      newValues.byteOffset,
      sums.byteOffset,
    ],
  });
  harness.checkGuards();
  for (const written of [newLogProbs, newValues])
    written.forEach((x, i) => {
      assert.ok(i % 3 === 1 || Number.isNaN(x), `element ${i}, no sample's, was written`);
    });
  for (let f = 0; f <= size; f++) {
    for (let s = n; s < stride; s++) {
      const x = gradient[f * stride + s];
      assert.ok(s < span ? x === 0 : Number.isNaN(x), `padding sample ${s} of feature ${f} is ${x}`);
    }
  }
  return {
    dOutputs: samples.map((_, s) => times(size, (j) => gradient[j * stride + s])),
    dValues: samples.map((_, s) => gradient[size * stride + s]),
    newLogProbs: samples.map((_, s) => newLogProbs[3 * s + 1]),
    newValues: samples.map((_, s) => newValues[3 * s + 1]),
    sums: [...sums].map((sum, k) => sum - (k + 1)),
  };
}

export function close(actual: number, expected: number, tolerance: number, what: string): void {
  if (!(Math.abs(actual - expected) <= tolerance))
    assert.fail(`${what}: expected ${expected}, got ${actual}`);
}
