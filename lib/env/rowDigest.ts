import type { Column } from '../arena.ts';

/** A prime, so that every difference can be divided by. */
const PRIME = 2 ** 31 - 1;

/**
 * A digest of the rows of a column in two numbers below 2³¹: with h[i] a hash of row i's bits,
 *
 *   sum = Σ h[i],  moment = Σ (rows − i)·h[i]   (mod 2³¹ − 1)
 *
 * When a single row changes, the quotient of what is added to the two tells which: `changedRow`.
 */
export function rowDigest(column: Column, rows: number): readonly [sum: number, moment: number] {
  const { buffer, byteOffset, byteLength } = column;
  const bytes = byteLength / rows;
  const isWords = bytes % 4 === 0;
  const elements = isWords
    ? new Uint32Array(buffer, byteOffset, byteLength / 4)
    : new Uint8Array(buffer, byteOffset, byteLength);
  const width = isWords ? bytes / 4 : bytes;
  let sum = 0;
  let moment = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    let hash = 0x811c9dc5;
    for (let k = 0; k < width; k++) {
      hash = Math.imul(hash ^ elements[at++], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    sum = (sum + (hash >>> 1)) % PRIME;
    moment = (moment + sum) % PRIME;
  }
  return [sum, moment];
}

/** The row by which two digests differ; undefined if by several. */
export function changedRow(a: ArrayLike<number>, b: ArrayLike<number>, rows: number): number | undefined {
  const [sum, moment] = [0, 1].map((k) => BigInt(PRIME + a[k] - b[k]));
  const row = rows - Number((moment * inverse(sum)) % BigInt(PRIME));
  return row >= 0 && row < rows ? row : undefined;
}

/** 1 / x mod PRIME, as x to the power of PRIME − 2 (Fermat); 0 for 0. */
function inverse(x: bigint): bigint {
  const prime = BigInt(PRIME);
  let result = 1n;
  let factor = x % prime;
  for (let rest = PRIME - 2; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * factor) % prime;
    factor = (factor * factor) % prime;
  }
  return result;
}
