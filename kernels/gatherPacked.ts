import { clearPadding, gatherElements } from './gather';
import { liveLanes } from './lanes';
import { PITCH } from './layout';
import { rowOf } from './rowOf';
import { OP_BYTES } from './widen';

/** block[f][s] = 1 where the i32 at rows + indices[s] · pitch is start + f, else 0, for f < count. */
function gatherChoices(
  rows: usize,
  pitch: usize,
  indices: usize,
  n: i32,
  count: i32,
  start: i32,
  block: usize,
): void {
  for (let s = 0; s < n; s += 4) {
    // Lanes past n repeat the last sample and are masked away.
    let choice = v128.load32_zero(rows + rowOf(indices, s) * pitch);
    choice = v128.load_lane<i32>(rows + rowOf(indices, min(s + 1, n - 1)) * pitch, choice, 1);
    choice = v128.load_lane<i32>(rows + rowOf(indices, min(s + 2, n - 1)) * pitch, choice, 2);
    choice = v128.load_lane<i32>(rows + rowOf(indices, min(s + 3, n - 1)) * pitch, choice, 3);
    choice = i32x4.sub(choice, i32x4.splat(start));
    const ones = v128.and(f32x4.splat(1), liveLanes(n - s));
    let to = block + (<usize>s << 2);
    for (let f = 0; f < count; f++, to += PITCH) {
      v128.store(to, v128.and(i32x4.eq(choice, i32x4.splat(f)), ones));
    }
  }
}

/**
 * block[f][s] = float f of the flat form of packed row indices[s], by a program; padding as `gather` leaves it.
 *
 * @param rows packed rows, `pitch` bytes apart: C structs
 * @param program `ops` instructions, which cover the flat row of `features` floats
 */
export function gatherPacked(
  rows: usize,
  pitch: usize,
  indices: usize,
  n: i32,
  program: usize,
  ops: i32,
  features: i32,
  block: usize,
): void {
  clearPadding(features, n, block);
  const end = program + <usize>ops * OP_BYTES;
  for (let op = program; op < end; op += OP_BYTES) {
    const from = rows + <usize>load<u32>(op, 4);
    const count = load<i32>(op, 8);
    const to = block + <usize>load<u32>(op, 12) * PITCH;
    const scale = load<f32>(op, 16);
    switch (load<i32>(op)) {
      case 0:
        gatherElements<f32>(from, pitch, indices, n, count, scale, to);
        break;
      case 1:
        gatherElements<f64>(from, pitch, indices, n, count, scale, to);
        break;
      case 2:
        gatherElements<i8>(from, pitch, indices, n, count, scale, to);
        break;
      case 3:
        gatherElements<u8>(from, pitch, indices, n, count, scale, to);
        break;
      case 4:
        gatherElements<i16>(from, pitch, indices, n, count, scale, to);
        break;
      case 5:
        gatherElements<u16>(from, pitch, indices, n, count, scale, to);
        break;
      case 6:
        gatherElements<i32>(from, pitch, indices, n, count, scale, to);
        break;
      case 7:
        gatherElements<u32>(from, pitch, indices, n, count, scale, to);
        break;
      case 8:
        gatherElements<i64>(from, pitch, indices, n, count, scale, to);
        break;
      case 9:
        gatherElements<u64>(from, pitch, indices, n, count, scale, to);
        break;
      default:
        gatherChoices(from, pitch, indices, n, count, load<i32>(op, 20), to);
    }
  }
}
