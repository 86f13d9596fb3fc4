import assert from 'node:assert/strict';
import fc from 'fast-check';
import { random } from './random.ts';
import type { Harness } from './setup.ts';

/** Sizes of blocks for kernels that compute each unit of each sample apart from all others. */
export const gateProblems = fc.record({
  units: fc.integer({ min: 1, max: 9 }),
  n: fc.oneof(fc.constantFrom(8, 128), fc.integer({ min: 1, max: 128 })),
  /** Of the sums: gates are saturated by the greater ones. */
  range: fc.constantFrom(1, 10, 1000),
  seed: fc.integer(),
});

/** Random blocks of as many features as there are units, or a multiple: NaN beyond the last group of 8 samples. */
export class GateBlocks {
  readonly units: number;
  readonly n: number;
  readonly keep: Float32Array;
  readonly #harness: Harness;
  readonly #random;

  constructor(harness: Harness, { units, n, seed }: Readonly<{ units: number; n: number; seed: number }>) {
    this.units = units;
    this.n = n;
    this.#harness = harness;
    this.#random = random(seed);
    this.keep = harness.f32(harness.kernels.block());
    for (let s = 0; s < Math.ceil(n / 8) * 8; s++) this.keep[s] = this.#random.chance(0.7);
  }

  block(gates: number, range: number): Float32Array {
    const { kernels } = this.#harness;
    const features = gates * this.units;
    const padded = Math.ceil(features / kernels.rows()) * kernels.rows();
    const column = this.#harness.f32(padded * kernels.stride());
    for (let f = 0; f < features; f++) {
      for (let s = 0; s < Math.ceil(this.n / 8) * 8; s++)
        column[f * kernels.stride() + s] = s < this.n ? this.#random.uniform(-range, range) : 0;
    }
    return column;
  }

  /** Visits each unit of each sample; `at` reads that of a block, or of its g-th `units` features. */
  each(visit: (at: (block: Float32Array, gate?: number) => number, keep: number) => void): void {
    const stride = this.#harness.kernels.stride();
    for (let u = 0; u < this.units; u++) {
      for (let s = 0; s < this.n; s++)
        visit((block, gate = 0) => block[(gate * this.units + u) * stride + s], this.keep[s]);
    }
  }
}

export const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

/** Asserts |actual − expected| ≤ 2e-6 · max(1, |expected|). */
export function near(actual: number, expected: number, what: string): void {
  if (!(Math.abs(actual - expected) <= 2e-6 * Math.max(1, Math.abs(expected))))
    assert.fail(`${what}: expected ${expected}, got ${actual}`);
}
