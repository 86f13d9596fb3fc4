// Vectors of which only the first few lanes are in the column: the last of a column whose length is no multiple of 4.

/** Lanes below `count`, as a mask. */
// @ts-ignore: decorator
@inline
export function liveLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

function loadSome(pointer: usize, count: i32): v128 {
  let words = v128.load32_zero(pointer);
  if (count > 1) words = v128.load_lane<i32>(pointer, words, 1, 4);
  if (count > 2) words = v128.load_lane<i32>(pointer, words, 2, 8);
  return words;
}

function storeSome(pointer: usize, words: v128, count: i32): void {
  v128.store_lane<i32>(pointer, words, 0);
  if (count > 1) v128.store_lane<i32>(pointer, words, 1, 4);
  if (count > 2) v128.store_lane<i32>(pointer, words, 2, 8);
}

/** The first `count` ≥ 1 words at `pointer`, at most 4; lanes past them are 0. */
// @ts-ignore: decorator
@inline
export function loadLanes(pointer: usize, count: i32): v128 {
  return count >= 4 ? v128.load(pointer) : loadSome(pointer, count);
}

/** Writes the first `count` ≥ 1 lanes, at most 4. */
// @ts-ignore: decorator
@inline
export function storeLanes(pointer: usize, words: v128, count: i32): void {
  if (count >= 4) v128.store(pointer, words);
  else storeSome(pointer, words, count);
}

/** Σ xᵢ, in float64. */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f64 {
  const even = <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 2);
  return even + (<f64>f32x4.extract_lane(x, 1) + <f64>f32x4.extract_lane(x, 3));
}
