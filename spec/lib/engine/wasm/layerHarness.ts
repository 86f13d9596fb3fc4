import assert from 'node:assert/strict';
import type { ColumnSpecs } from '../../../../lib/arena.ts';
import type { Harness } from '../../../kernels/setup.ts';

/** Columns as an arena would give them, but NaN until they are written: a layer must not count on zeros. */
export function take(harness: Harness, specs: ColumnSpecs): Record<string, Float32Array | Int32Array> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, [type, length]]) => [
      name,
      type === 'i32' ? harness.i32(length) : harness.f32(length),
    ]),
  );
}

/** Writes samples [n][features] to a block; 0 to the end of their last group of 8. */
export function writeBlock(
  column: Float32Array,
  stride: number,
  samples: readonly ArrayLike<number>[],
): void {
  for (let f = 0; f < samples[0].length; f++) {
    for (let s = 0; s < Math.ceil(samples.length / 8) * 8; s++) column[f * stride + s] = samples[s]?.[f] ?? 0;
  }
}

/** The first n samples of a block, [n][features]. */
export function readBlock(column: Float32Array, stride: number, features: number, n: number): number[][] {
  return Array.from({ length: n }, (_, s) =>
    Array.from({ length: features }, (_, f) => column[f * stride + s]),
  );
}

/** Asserts |actual − expected| ≤ tolerance, relative to the largest expected number or to 1. */
export function close(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-5,
): void {
  assert.equal(actual.length, expected.length, what);
  let scale = 1;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale))
      assert.fail(`${what}[${i}]: expected ${expected[i]}, got ${actual[i]}`);
  }
}
