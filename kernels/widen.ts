// How the instructions of a flatten program are coded, and how elements of any type are widened to float32.

/**
 * Bytes of an instruction. Its words: code, byte offset in the packed row, count, float offset in the flat row, scale
 * (the bits of an f32), argument. Codes 0 … 9 widen `count` elements of f32, f64, i8, u8, i16, u16, i32, u32, i64, u64
 * and multiply them by scale; code 10 makes `count` floats of one i32: a 1 at value − argument among 0s.
 */
export const OP_BYTES: usize = 24;

/** 4 neighbouring elements. */
// @ts-ignore: decorator
@inline
export function widenFour<T>(from: usize): v128 {
  if (sizeof<T>() == 1) return quarter<T>(v128.load32_zero(from), 0);
  if (sizeof<T>() == 2) return f32x4.convert_i32x4_s(v128.load_ext<T>(from));
  if (sizeof<T>() == 4) return isFloat<T>() ? v128.load(from) : v128.convert<T>(v128.load(from));
  if (isFloat<T>()) {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    return v128.shuffle<f64>(low, f32x4.demote_f64x2_zero(v128.load(from, 16)), 0, 2);
  }
  let floats = f32x4.splat(<f32>load<T>(from));
  floats = f32x4.replace_lane(floats, 1, <f32>load<T>(from, 8));
  floats = f32x4.replace_lane(floats, 2, <f32>load<T>(from, 16));
  return f32x4.replace_lane(floats, 3, <f32>load<T>(from, 24));
}

/** Of 16 elements of a byte each, those from 4k on. */
// @ts-ignore: decorator
@inline
export function quarter<T>(bytes: v128, k: i32): v128 {
  const half = k < 2 ? v128.extend_low<T>(bytes) : v128.extend_high<T>(bytes);
  return f32x4.convert_i32x4_s(k & 1 ? v128.extend_high<i16>(half) : v128.extend_low<i16>(half));
}
