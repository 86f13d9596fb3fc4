import { rowOf } from './rowOf';
import { OP_BYTES, quarter, widenFour } from './widen';

/** Floats that are written before the next instruction's turn: they stay in the first-level cache. */
const TILE: i32 = 4096;

/** Writes `count` elements at `from`, widened and scaled. */
// @ts-ignore: decorator
@inline
function widen<T>(from: usize, count: i32, scale: f32, to: usize): void {
  if (count < 4) {
    for (let i: usize = 0; i < <usize>count; i++) {
      store<f32>(to + (i << 2), <f32>load<T>(from + i * sizeof<T>()) * scale);
    }
    return;
  }
  const factor = f32x4.splat(scale);
  let i = 0;
  if (sizeof<T>() == 1) {
    for (; i <= count - 16; i += 16) {
      const bytes = v128.load(from + <usize>i);
      const at = to + (<usize>i << 2);
      v128.store(at, f32x4.mul(quarter<T>(bytes, 0), factor));
      v128.store(at, f32x4.mul(quarter<T>(bytes, 1), factor), 16);
      v128.store(at, f32x4.mul(quarter<T>(bytes, 2), factor), 32);
      v128.store(at, f32x4.mul(quarter<T>(bytes, 3), factor), 48);
    }
  }
  for (; i < count; i += 4) {
    // The last four elements may overlap the four before them.
    const k = <usize>min(i, count - 4);
    v128.store(to + (k << 2), f32x4.mul(widenFour<T>(from + k * sizeof<T>()), factor));
  }
}

/** An instruction for the rows `first` … `last` − 1. */
function widenRows<T>(
  rows: usize,
  pitch: usize,
  indices: usize,
  first: i32,
  last: i32,
  count: i32,
  scale: f32,
  flat: usize,
  width: usize,
): void {
  for (let s = first; s < last; s++) {
    widen<T>(rows + rowOf(indices, s) * pitch, count, scale, flat + <usize>s * width);
  }
}

/** The same for a one-hot choice that begins at `start`. */
function chooseRows(
  rows: usize,
  pitch: usize,
  indices: usize,
  first: i32,
  last: i32,
  count: i32,
  start: i32,
  flat: usize,
  width: usize,
): void {
  for (let s = first; s < last; s++) {
    const to = flat + <usize>s * width;
    if (count < 4) for (let i = 0; i < count; i++) store<f32>(to + (<usize>i << 2), 0);
    else {
      for (let i = 0; i < count; i += 4) v128.store(to + (<usize>min(i, count - 4) << 2), f32x4.splat(0));
    }
    const choice = load<i32>(rows + rowOf(indices, s) * pitch) - start;
    if (<u32>choice < <u32>count) store<f32>(to + (<usize>choice << 2), 1);
  }
}

/**
 * flat[s] = the flat form of packed row indices[s], by a program: f32 [n, size]. Instructions take turns, each for as
 * many rows as stay in cache.
 *
 * @param rows packed rows, `pitch` bytes apart: C structs
 * @param program `ops` instructions, which cover the flat row
 */
export function flattenRows(
  rows: usize,
  pitch: usize,
  indices: usize,
  n: i32,
  program: usize,
  ops: i32,
  flat: usize,
  size: i32,
): void {
  const end = program + <usize>ops * OP_BYTES;
  const width = <usize>size << 2;
  const tile = max(1, TILE / max(1, size));
  for (let a = 0; a < n; a += tile) {
    const b = min(a + tile, n);
    for (let op = program; op < end; op += OP_BYTES) {
      const from = rows + <usize>load<u32>(op, 4);
      const count = load<i32>(op, 8);
      const to = flat + (<usize>load<u32>(op, 12) << 2);
      const scale = load<f32>(op, 16);
      switch (load<i32>(op)) {
        case 0:
          widenRows<f32>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 1:
          widenRows<f64>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 2:
          widenRows<i8>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 3:
          widenRows<u8>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 4:
          widenRows<i16>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 5:
          widenRows<u16>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 6:
          widenRows<i32>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 7:
          widenRows<u32>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 8:
          widenRows<i64>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        case 9:
          widenRows<u64>(from, pitch, indices, a, b, count, scale, to, width);
          break;
        default:
          chooseRows(from, pitch, indices, a, b, count, load<i32>(op, 20), to, width);
      }
    }
  }
}
