import { flattenCodes } from '../../lib/space/flattenProgram.ts';
import { random, times } from './random.ts';
import { type Part, type Program, programOf } from './reference/flatten.ts';
import type { Harness } from './setup.ts';

export interface PackedRows {
  readonly program: Program;
  readonly pointer: number;
  /** Pointer to the rows of the n samples; 0: the first n. */
  readonly indices: number;
  /** The row of a sample. */
  rowAt(sample: number): DataView;
}

/** Packed rows of random bytes, with choices among the choices now and then; bytes may begin anywhere. */
export function packedRows(
  harness: Harness,
  parts: readonly Part[],
  n: number,
  indexed: boolean,
  seed: number,
): PackedRows {
  const program = programOf(parts);
  const { words, pitch, alignment } = program;
  const { below } = random(seed);
  const rows = indexed ? 2 * n : n;
  const start = alignment * below(8);
  const column = harness.u8(times(start + rows * pitch, () => below(256)));
  const bytes = new DataView(column.buffer, column.byteOffset + start);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < words.length; at += 6) {
      const [code, from, count, , , first] = words.subarray(at, at + 6);
      const place = row * pitch + from;
      // Now and then no choice at all.
      if (code === flattenCodes.oneHot) bytes.setInt32(place, first - 1 + below(count + 2), true);
      for (let i = 0; i < count; i++) {
        // Random bytes are too often no numbers, or large ones.
        if (code === flattenCodes.f64)
          bytes.setFloat64(place + 8 * i, (below(2 ** 31) - 2 ** 30) / 3e6, true);
        // What float64 rounds to the middle between two float32.
        const big = code === flattenCodes.i64 || code === flattenCodes.u64;
        if (big && below(4) === 0) bytes.setBigInt64(place + 8 * i, 2n ** 60n + 2n ** 36n + 1n, true);
      }
    }
  }
  const picks = times(indexed ? n : 0, () => below(rows));
  return {
    program,
    pointer: column.byteOffset + start,
    indices: indexed ? harness.u32(picks).byteOffset : 0,
    rowAt: (sample) =>
      new DataView(
        column.buffer,
        column.byteOffset + start + (indexed ? picks[sample] : sample) * pitch,
        pitch,
      ),
  };
}
