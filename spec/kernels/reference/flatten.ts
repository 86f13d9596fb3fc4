import fc from 'fast-check';
import { arrays, dtypes } from '../../../lib/space/dtype.ts';
import { flattenCodes } from '../../../lib/space/flattenProgram.ts';

/** Elements of a type, or one choice, and where they go. */
export interface Part {
  readonly type: (typeof dtypes)[number] | 'oneHot';
  readonly count: number;
  readonly scale: number;
  /** What a choice begins at. */
  readonly start: number;
  /** Bytes in the packed row before it that are nobody's. */
  readonly gap: number;
}

export interface Program {
  readonly words: Int32Array;
  readonly pitch: number;
  /** The greatest element size. */
  readonly alignment: number;
  /** Floats of a flat row. */
  readonly size: number;
}

export const parts: fc.Arbitrary<Part[]> = fc.array(
  fc.record({
    type: fc.oneof(fc.constantFrom('f32', 'u8', 'oneHot'), fc.constantFrom(...dtypes)),
    count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70 })),
    scale: fc.constantFrom(1, Math.fround(1 / 255), -2.5),
    start: fc.integer({ min: -3, max: 3 }),
    gap: fc.constantFrom(0, 0, 1, 5),
  }) as fc.Arbitrary<Part>,
  { minLength: 1, maxLength: 7 },
);

/** The parts as a C struct, and their program. In the flat row the last comes first, as no layout would have it. */
export function programOf(list: readonly Part[]): Program {
  const bytes = ({ type }: Part) => (type === 'oneHot' ? 4 : arrays[type].BYTES_PER_ELEMENT);
  const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;
  const alignment = Math.max(...list.map(bytes));
  const size = list.reduce((sum, { count }) => sum + count, 0);
  let end = 0;
  let to = size;
  const words = list.flatMap((part) => {
    const { type, count, scale, start, gap } = part;
    const from = roundUp(end + gap, bytes(part));
    end = from + (type === 'oneHot' ? 1 : count) * bytes(part);
    to -= count;
    return [flattenCodes[type], from, count, to, new Int32Array(Float32Array.of(scale).buffer)[0], start];
  });
  return { words: Int32Array.from(words), pitch: roundUp(end, alignment), alignment, size };
}

/** A flat row of a packed one, an element at a time. */
export function flattenRow({ words, size }: Program, row: DataView): number[] {
  const flat = new Array<number>(size).fill(Number.NaN);
  for (let at = 0; at < words.length; at += 6) {
    const [code, from, count, to, , start] = words.subarray(at, at + 6);
    const scale = new Float32Array(words.slice(at + 4, at + 5).buffer)[0];
    const choice = code === flattenCodes.oneHot ? row.getInt32(from, true) - start : 0;
    for (let i = 0; i < count; i++) {
      flat[to + i] =
        code === flattenCodes.oneHot ? +(i === choice) : Math.fround(read(code, row, from, i) * scale);
    }
  }
  return flat;
}

/** Element i of a type at `from`, as float32. */
function read(code: number, row: DataView, from: number, i: number): number {
  switch (code) {
    case flattenCodes.f32:
      return row.getFloat32(from + 4 * i, true);
    case flattenCodes.f64:
      return Math.fround(row.getFloat64(from + 8 * i, true));
    case flattenCodes.i8:
      return row.getInt8(from + i);
    case flattenCodes.u8:
      return row.getUint8(from + i);
    case flattenCodes.i16:
      return row.getInt16(from + 2 * i, true);
    case flattenCodes.u16:
      return row.getUint16(from + 2 * i, true);
    case flattenCodes.i32:
      return Math.fround(row.getInt32(from + 4 * i, true));
    case flattenCodes.u32:
      return Math.fround(row.getUint32(from + 4 * i, true));
    case flattenCodes.i64:
      return roundBig(row.getBigInt64(from + 8 * i, true));
    default:
      return roundBig(row.getBigUint64(from + 8 * i, true));
  }
}

/** The nearest float32, rounded once: bits that a float64 has no room for are kept in its last one. */
function roundBig(value: bigint): number {
  const odd = (value >> 11n) | (value & 2047n ? 1n : 0n);
  return Math.fround(Number(odd) * 2048);
}
