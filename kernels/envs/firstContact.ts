// What a moving square meets first, with the bits of envs/firstContact.ts, which says what it means. Wasm globals belong
// to an instance, so no other thread sees them.

export let what: i32 = -1;
export let upright: bool = false;
export let contactX: f64 = 0;
export let contactY: f64 = 0;
let side: f64 = 0;
let fromX: f64 = 0;
let fromY: f64 = 0;
let moveX: f64 = 0;
let moveY: f64 = 0;
let earliest: f64 = 1;
let widest: f64 = 0;

/** Begins a move of a square whose sides are `size` long. */
export function beginMove(size: f64, x: f64, y: f64, dx: f64, dy: f64): void {
  what = -1;
  contactX = x + dx;
  contactY = y + dy;
  side = size;
  fromX = x;
  fromY = y;
  moveX = dx;
  moveY = dy;
  earliest = 1;
  widest = 0;
}

/** The rectangle's two faces that the square moves towards. */
export function offerRectangle(x: f64, y: f64, width: f64, height: f64, number: i32): void {
  offerSide(moveX > 0 ? x : x + width, y, height, number);
  offerLevel(x, moveY > 0 ? y : y + height, width, number);
}

/** An upright face. */
export function offerSide(x: f64, y: f64, height: f64, number: i32): void {
  const time = timeOf(x, fromX, moveX);
  if (time > earliest) return;
  const at = fromY + moveY * time;
  if (!isFirst(time, at, y, height)) return;
  what = number;
  upright = true;
  contactX = moveX > 0 ? x - side : x;
  contactY = at;
}

/** A level face. */
export function offerLevel(x: f64, y: f64, width: f64, number: i32): void {
  const time = timeOf(y, fromY, moveY);
  if (time > earliest) return;
  const at = fromX + moveX * time;
  if (!isFirst(time, at, x, width)) return;
  what = number;
  upright = false;
  contactX = at;
  contactY = moveY > 0 ? y - side : y;
}

// @ts-ignore: decorator
@inline
function timeOf(face: f64, from: f64, move: f64): f64 {
  const lead = move > 0 ? side : 0;
  const before = face - (from + lead);
  const after = face - (from + move + lead);
  const crosses = move > 0 ? before >= 0 && after < 0 : before <= 0 && after > 0;
  return crosses ? min<f64>(1, before / move) : 2;
}

function isFirst(time: f64, at: f64, from: f64, length: f64): bool {
  const overlap = min<f64>(from + length, at + side) - max<f64>(from, at);
  if (!(overlap > 0 && (time < earliest || overlap > widest))) return false;
  earliest = time;
  widest = overlap;
  return true;
}
