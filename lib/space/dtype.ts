/** Element types by their short names; i64 and u64 hold bigints. */
export const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as const;

interface Arrays {
  f32: Float32Array;
  f64: Float64Array;
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  u64: BigUint64Array;
}

export type Dtype = keyof Arrays;
export type TypedArray<D extends Dtype = Dtype> = Arrays[D];
export const dtypes = Object.keys(arrays) as readonly Dtype[];

/** Elements of a buffer, from a byte on. */
export function view(dtype: Dtype, buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray {
  return new arrays[dtype](buffer as ArrayBuffer, byteOffset, length);
}

/** The least and the greatest value of an element type; infinite for floats. */
export function rangeOf(dtype: Dtype): readonly [low: number, high: number] {
  if (isFloat(dtype)) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const bits = 8 * arrays[dtype].BYTES_PER_ELEMENT;
  return dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

export function isFloat(dtype: Dtype): dtype is 'f32' | 'f64' {
  return dtype === 'f32' || dtype === 'f64';
}

/** Whether the elements are bigints. */
export function isBig(dtype: Dtype): dtype is 'i64' | 'u64' {
  return dtype === 'i64' || dtype === 'u64';
}

/** The element type of a typed array, or undefined if it is none that spaces know. */
export function dtypeOf(array: unknown): Dtype | undefined {
  return dtypes.find((dtype) => array instanceof arrays[dtype]);
}

/** The greatest value of a type of bigints, which no number is. */
export function greatestBig(dtype: 'i64' | 'u64'): bigint {
  return dtype === 'u64' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
}
