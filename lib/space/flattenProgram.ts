import { arrays } from './dtype.ts';
import { sizesOf } from './flatten.ts';
import { boundsOf } from './leaves.ts';
import type { LeafSpace } from './space.ts';
import type { Struct } from './struct.ts';

/** Codes of the kernels' instructions: widen elements of a type, or make a choice one-hot. */
export const flattenCodes = {
  f32: 0,
  f64: 1,
  i8: 2,
  u8: 3,
  i16: 4,
  u16: 5,
  i32: 6,
  u32: 7,
  i64: 8,
  u64: 9,
  oneHot: 10,
} as const;

export interface FlattenOptions {
  /**
   * Scales bytes to 0 … 1: what is a Box of u8 from 0 to 255, an image or not. Default: false
   */
  readonly normalizeBytes?: boolean;
}

/** Words of an instruction: code, byte offset in the packed row, count, float offset in the flat row, scale, argument. */
export const FLATTEN_WORDS = 6;

interface Instruction {
  readonly code: number;
  readonly from: number;
  count: number;
  readonly to: number;
  readonly scale: number;
  readonly argument: number;
}

/** What the kernels do to make a flat row of a packed one: instructions of 6 words, neighbours of a kind as one. */
export function flattenProgram(
  { leaves }: Struct,
  { normalizeBytes = false }: FlattenOptions = {},
): Int32Array {
  const instructions: Instruction[] = [];
  for (const leaf of leaves) {
    const { space, dtype, length, offset, flatOffset } = leaf;
    const sizes = sizesOf(leaf);
    if (sizes) {
      const [starts] = boundsOf(space);
      for (let i = 0, to = flatOffset; i < length; to += sizes[i++]) {
        const from = offset + 4 * i;
        instructions.push({
          code: flattenCodes.oneHot,
          from,
          count: sizes[i],
          to,
          scale: 1,
          argument: starts[i],
        });
      }
      continue;
    }
    const code = flattenCodes[dtype];
    const scale = normalizeBytes && isBytes(space) ? 1 / 255 : 1;
    const last = instructions.at(-1);
    // Flat rows have no gaps; packed ones may.
    const follows = last && last.from + last.count * arrays[dtype].BYTES_PER_ELEMENT === offset;
    if (follows && last.code === code && last.scale === scale) last.count += length;
    else instructions.push({ code, from: offset, count: length, to: flatOffset, scale, argument: 0 });
  }
  return Int32Array.from(
    instructions.flatMap(({ code, from, count, to, scale, argument }) => [
      code,
      from,
      count,
      to,
      bitsOf(scale),
      argument,
    ]),
  );
}

function isBytes(space: LeafSpace): boolean {
  return (
    space.type === 'Box' &&
    space.dtype === 'u8' &&
    space.low.every((low) => low === 0) &&
    space.high.every((high) => high === 255)
  );
}

function bitsOf(float: number): number {
  return new Int32Array(Float32Array.of(float).buffer)[0];
}
