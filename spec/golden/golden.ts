import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file of reference data: from the folder `$GOLDEN_DIR` where that is set, else from spec/golden. Non-finite numbers
 * are strings in the files.
 */
export function golden<T>(name: string): T {
  const folder = process.env.GOLDEN_DIR ?? import.meta.dirname;
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'), (_key, value) =>
    value === 'Infinity' || value === '-Infinity' || value === 'NaN' ? Number(value) : value,
  );
}

/** Asserts |actual − expected| ≤ tolerance · scale everywhere; the scale is by default the largest expected magnitude. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  scale = largest(expected),
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale)) {
      throw new Error(`${what}[${i}]: expected ${expected[i]} ± ${tolerance * scale}, got ${actual[i]}`);
    }
  }
}

function largest(values: ArrayLike<number>): number {
  let most = 1e-12;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
